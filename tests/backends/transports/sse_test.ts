import { assertEquals, assertMatch, assertNotMatch, assertRejects } from "@std/assert";
import { encodeFrame, resultFrame } from "../../../src/mcp/frames.ts";
import { sse } from "../../../src/backends/transports/sse.ts";
import { type Transport, TransportError } from "../../../src/backends/transports/transport.ts";
import { FrameLog } from "../../contracts/frame_log.ts";
import { ScriptedServer } from "../../contracts/scripted_server.ts";
import { request, transportContract } from "../../contracts/transport_contract.ts";
import { EventStream, loopback, sseScript } from "./http_servers.ts";
import { rawServer } from "./raw_server.ts";

transportContract("sse()", () => {
  const server = loopback(sseScript(new ScriptedServer()));
  return Promise.resolve({
    transport: sse({ url: server.url, headers: {} }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  });
});

const never = new AbortController().signal;

/** A transport, not yet opened, to a server for one test. */
async function withServer(
  handler: (request: Request) => Response | Promise<Response>,
  body: (transport: Transport, log: FrameLog, url: string) => Promise<void>,
  headers: Record<string, string> = {},
): Promise<void> {
  await using server = loopback(handler);
  const transport = sse({ url: server.url, headers }, { maxMessageBytes: 1000 });
  try {
    await body(transport, new FrameLog(), server.url);
  } finally {
    await transport.close();
  }
}

function endpoint(address: string): string {
  return `event: endpoint\ndata: ${address}\n\n`;
}

for (
  const [desc, address, target] of [
    ["relative to the stream's", "messages?s=1", "/messages?s=1"],
    ["absolute in path", "/a/b?s=1", "/a/b?s=1"],
    ["only a query", "?s=1", "/mcp?s=1"],
    ["a URL of the same origin", "ORIGIN/x", "/x"],
  ] as const
) {
  Deno.test(`sse() posts to an endpoint ${desc}, with headers and version`, async () => {
    const posts: unknown[] = [];
    await withServer((request) => {
      const url = new URL(request.url);
      if (request.method === "GET") {
        return new EventStream().write(endpoint(address.replace("ORIGIN", url.origin))).response;
      }
      posts.push([
        url.pathname + url.search,
        request.headers.get("x-key"),
        request.headers.get("mcp-protocol-version"),
      ]);
      return new Response(null, { status: 202 });
    }, async (transport, log) => {
      await transport.open(log, never);
      await transport.send(request(1, "initialize"));
      transport.agreed({ era: "2025", version: "2024-11-05" });
      await transport.send(request(2, "ping"));
    }, { "X-Key": "k" });
    assertEquals(posts, [[target, "k", null], [target, "k", "2024-11-05"]]);
  });
}

for (
  const { desc, answer, says } of [
    {
      desc: "names an endpoint elsewhere",
      answer: () =>
        new EventStream().write(endpoint("https://elsewhere.example/m?t=secret")).response,
      says: /not of its own origin/,
    },
    {
      desc: "names an endpoint on another port",
      answer: () => new EventStream().write(endpoint("http://127.0.0.1:1/")).response,
      says: /not of its own origin/,
    },
    {
      desc: "names something that is no address",
      answer: () => new EventStream().write(endpoint("http://")).response,
      says: /not of its own origin/,
    },
    {
      desc: "ends its stream before it names an endpoint",
      answer: () => {
        const stream = new EventStream().write(": hi\n\n");
        stream.end();
        return stream.response;
      },
      says: /ended before it named an endpoint/,
    },
    { desc: "answers with JSON", answer: () => Response.json({}), says: /no event stream/ },
    { desc: "refuses", answer: () => new Response("No", { status: 405 }), says: /HTTP 405: No/ },
    {
      desc: "redirects",
      answer: () => Response.redirect("https://b.example/?t=secret"),
      says: /"https:\/\/b\.example"$/,
    },
  ]
) {
  Deno.test(`sse() does not open to a server that ${desc}`, () =>
    withServer(answer, async (transport, log) => {
      const error = await assertRejects(() => transport.open(log, never), TransportError);
      assertMatch(error.message, says);
      assertNotMatch(error.message, /secret/);
      assertEquals(log.closures, []);
      await assertRejects(() => transport.send(request(1, "test")), TransportError);
    }));
}

Deno.test("sse() can be given up while it waits for the endpoint", async () => {
  const stream = new EventStream();
  const controller = new AbortController();
  await withServer(() => {
    controller.abort();
    return stream.response;
  }, async (transport, log) => {
    const error = await assertRejects(() => transport.open(log, controller.signal), TransportError);
    assertEquals(error.sent, false);
  });
});

Deno.test("sse() can be closed while it waits for the endpoint", async () => {
  const asked = Promise.withResolvers<void>();
  await using server = rawServer(async (peer) => {
    await peer.request();
    await peer.stream();
    asked.resolve();
    await peer.gone();
  });
  const transport = sse({ url: server.url, headers: {} });
  const opening = transport.open(new FrameLog(), never);
  await asked.promise;
  await Promise.all([transport.close(), assertRejects(() => opening, TransportError)]);
});

Deno.test("sse() tells once when its stream ends, and sends nothing more", async () => {
  const stream = new EventStream().write(endpoint("/m"));
  await withServer(() => stream.response, async (transport, log) => {
    await transport.open(log, never);
    stream.end();
    await log.until(({ closures }) => closures[0]);
    const error = await assertRejects(() => transport.send(request(1, "test")), TransportError);
    assertEquals(error.sent, false);
    await transport.close();
    assertEquals(log.closures, ["Event stream ended"]);
  });
});

Deno.test("sse() ends with a message that is too large", async () => {
  const stream = new EventStream().write(endpoint("/m"));
  await withServer(() => stream.response, async (transport, log) => {
    await transport.open(log, never);
    stream.write(`data: ${"x".repeat(2000)}`);
    assertMatch(await log.until(({ closures }) => closures[0]), /larger than 1000/);
  });
});

Deno.test("sse() counts as noise what is no message, and goes on", async () => {
  const stream = new EventStream().write(endpoint("/m"));
  await withServer(() => stream.response, async (transport, log) => {
    await transport.open(log, never);
    stream.write(`${endpoint("/other")}garbage\n\ndata: {\n\n`);
    stream.write(`data: ${encodeFrame(resultFrame(1, {}))}\n\n`);
    assertEquals((await log.response(1)).origin, undefined);
    assertEquals(log.noise.toSorted(), ["event: endpoint", "garbage", "{"]);
  });
});

for (
  const [status, kind] of [[400, "failed"], [404, "session_lost"], [429, "overloaded"]] as const
) {
  Deno.test(`sse() rejects a message that is refused with ${status}`, () =>
    withServer(
      (request) =>
        request.method === "GET"
          ? new EventStream().write(endpoint("/m?session=abcdef")).response
          : new Response("No session abcdef", { status }),
      async (transport, log) => {
        await transport.open(log, never);
        const error = await assertRejects(() => transport.send(request(1, "test")), TransportError);
        assertEquals([error.sent, error.status, error.kind], [true, status, kind]);
        assertMatch(error.message, /No session \[hidden\]/);
      },
    ));
}

Deno.test("sse() hangs up on a POST that nobody answers when its request is abandoned", async () => {
  const posted = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  await using server = rawServer(async (peer, nth) => {
    await peer.request();
    if (nth === 0) {
      await peer.stream();
      await peer.write(endpoint("/m"));
      return await peer.gone();
    }
    posted.resolve();
    await peer.gone();
    gone.resolve();
  });
  const transport = sse({ url: server.url, headers: {} });
  await transport.open(new FrameLog(), never);
  const sending = transport.send(request(1, "test"));
  await posted.promise;
  transport.abandon(1);
  await sending;
  await gone.promise;
  await transport.close();
});
