import { assert, assertEquals, assertMatch, assertNotMatch, assertRejects } from "@std/assert";
import { errorFrame, type Frame, resultFrame } from "../../../src/mcp/frames.ts";
import {
  type HttpTransportDeps,
  streamableHttp,
} from "../../../src/backends/transports/streamable_http.ts";
import { type Transport, TransportError } from "../../../src/backends/transports/transport.ts";
import { FrameLog } from "../../contracts/frame_log.ts";
import { ScriptedServer } from "../../contracts/scripted_server.ts";
import { request, resultOf, transportContract } from "../../contracts/transport_contract.ts";
import { EventStream, frameOf, loopback, streamableScript } from "./http_servers.ts";
import { type RawPeer, rawServer } from "./raw_server.ts";

for (const answerWith of ["stream", "json"] as const) {
  const name = answerWith === "stream" ? "that streams" : "that answers with JSON";
  transportContract(`streamableHttp() to a server ${name}`, () => {
    const server = loopback(streamableScript(new ScriptedServer(), answerWith));
    return Promise.resolve({
      transport: streamableHttp({ url: server.url, headers: {} }),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    });
  });
}

interface Setting {
  readonly options?: { readonly headers?: Record<string, string>; readonly query?: string };
  readonly deps?: HttpTransportDeps;
}

/** An opened transport to a server for one test. */
async function withTransport(
  url: string,
  body: (transport: Transport, log: FrameLog) => Promise<void>,
  { options, deps }: Setting = {},
): Promise<void> {
  const transport = streamableHttp({
    url: url + (options?.query ?? ""),
    headers: options?.headers ?? {},
  }, deps);
  const log = new FrameLog();
  try {
    await transport.open(log, new AbortController().signal);
    await body(transport, log);
  } finally {
    await transport.close();
  }
}

async function withHandler(
  handler: (request: Request) => Response | Promise<Response>,
  body: (transport: Transport, log: FrameLog) => Promise<void>,
  setting?: Setting,
): Promise<void> {
  await using server = loopback(handler);
  await withTransport(server.url, body, setting);
}

async function withRaw(
  serve: (peer: RawPeer, nth: number) => Promise<void>,
  body: (transport: Transport, log: FrameLog) => Promise<void>,
  setting?: Setting,
): Promise<void> {
  await using server = rawServer(serve);
  await withTransport(server.url, body, setting);
}

function json(value: unknown, init: ResponseInit = {}): Response {
  return new Response(typeof value === "string" ? value : JSON.stringify(value), {
    ...init,
    headers: { "content-type": "application/json", ...init.headers },
  });
}

function result(id: number, value: Record<string, unknown> = {}): Record<string, unknown> {
  return { jsonrpc: "2.0", id, result: value };
}

function note(method: string): Frame {
  return { kind: "notification", method, params: undefined };
}

function data(value: unknown, id?: string): string {
  return `${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(value)}\n\n`;
}

/** A wait that is over at once, and how long it would have been. */
function noWaits(): { readonly waits: number[]; readonly deps: HttpTransportDeps } {
  const waits: number[] = [];
  const deps = {
    delay: (ms: number) => {
      waits.push(ms);
      return Promise.resolve();
    },
  };
  return { waits, deps };
}

/** The headers of MCP, credentials and negotiation that came with a request. */
function told(request: Request): Record<string, string> {
  return Object.fromEntries(
    [...request.headers].filter(([name]) => /^(mcp-|accept|content-type|x-|last-event)/.test(name)),
  );
}

const POSTED = {
  "accept": "application/json, text/event-stream",
  "accept-encoding": "identity",
  "content-type": "application/json",
};
const INITIALIZE = request(1, "initialize", { protocolVersion: "2025-11-25" });

/** Answers the handshake of 2025 and leaves the rest to `rest`. */
function with2025(
  rest: (request: Request) => Response | Promise<Response>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== "POST") return rest(request);
    const frame = await frameOf(request.clone());
    if (frame.kind === "request" && frame.method === "initialize") {
      return json(result(1), { headers: { "mcp-session-id": "session-1" } });
    }
    if (frame.kind === "notification" && frame.method === "notifications/initialized") {
      return new Response(null, { status: 202 });
    }
    return rest(request);
  };
}

async function handshake2025(transport: Transport): Promise<void> {
  await transport.send(INITIALIZE);
  transport.agreed({ era: "2025", version: "2025-11-25" });
  await transport.send(note("notifications/initialized"));
}

Deno.test("streamableHttp() says version and session from the handshake of 2025 on", async () => {
  const seen: [string, Record<string, string>][] = [];
  const stream = Promise.withResolvers<void>();
  await withHandler(async (request) => {
    seen.push([request.method, told(request)]);
    if (request.method === "GET") {
      stream.resolve();
      return new Response(null, { status: 405 });
    }
    if (request.method === "DELETE") return new Response(null, { status: 204 });
    const frame = await frameOf(request);
    if (frame.kind !== "request") return new Response(null, { status: 202 });
    const headers = { "mcp-session-id": "s-1" };
    return json(result(frame.id as number), frame.method === "initialize" ? { headers } : {});
  }, async (transport) => {
    await handshake2025(transport);
    await stream.promise;
    await transport.send(request(2, "tools/list"));
  }, { options: { headers: { "X-Key": "k" } } });
  const session = { "mcp-protocol-version": "2025-11-25", "mcp-session-id": "s-1", "x-key": "k" };
  assertEquals(seen, [
    ["POST", { ...POSTED, "x-key": "k" }],
    ["POST", { ...POSTED, ...session }],
    ["GET", { accept: "text/event-stream", "accept-encoding": "identity", ...session }],
    ["POST", { ...POSTED, ...session }],
    ["DELETE", { "accept-encoding": "identity", ...session }],
  ]);
});

Deno.test("streamableHttp() says version, method and extra headers in 2026, and opens no stream", async () => {
  const seen: [string, Record<string, string>][] = [];
  await withHandler(async (request) => {
    seen.push([request.method, told(request)]);
    const frame = await frameOf(request);
    assert(frame.kind === "request");
    return json(result(frame.id as number), { headers: { "mcp-session-id": "ignored" } });
  }, async (transport) => {
    const _meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
    await transport.send(request(1, "server/discover", { _meta }));
    transport.agreed({ era: "2026", version: "2026-07-28" });
    await transport.send(request(2, "tools/call", { _meta }), { "Mcp-Name": "add" });
    await transport.send(request(3, "tools/list"));
  });
  const version = { ...POSTED, "mcp-protocol-version": "2026-07-28" };
  assertEquals(seen, [
    ["POST", { ...version, "mcp-method": "server/discover" }],
    ["POST", { ...version, "mcp-method": "tools/call", "mcp-name": "add" }],
    ["POST", { ...version, "mcp-method": "tools/list" }],
  ]);
});

Deno.test("streamableHttp() sends nothing that a header cannot carry", () =>
  withHandler(() => {
    throw new Error("Nothing should have come");
  }, async (transport) => {
    transport.agreed({ era: "2026", version: "2026-07-28" });
    for (
      const sending of [
        () => transport.send(request(1, "tools/call"), { "Mcp-Name": "a\r\nx: y" }),
        () => transport.send(request(2, "tools/call"), { "Mcp Name": "a" }),
        () => transport.send(request(3, "tools/call"), { "Content-Length": "0" }),
        () => transport.send(request(4, "tools/\ncall")),
      ]
    ) {
      const error = await assertRejects(sending, TransportError);
      assertEquals(error.sent, false);
    }
  }));

Deno.test("streamableHttp() does not open with headers that cannot be sent, and keeps their values to itself", async () => {
  for (
    const headers of [{ "X-Key": "secret\n" }, { "X-Key": "sec\x00ret" }, {
      Host: "a",
      TE: "secret",
    }]
  ) {
    const transport = streamableHttp({ url: "http://127.0.0.1:1/", headers });
    const error = await assertRejects(
      () => transport.open(new FrameLog(), new AbortController().signal),
      TransportError,
    );
    assertEquals(error.sent, false);
    assertNotMatch(error.message, /sec/);
    await transport.close();
  }
});

Deno.test("streamableHttp() takes an array of frames, and what servers add to a media type", () =>
  withHandler(
    () =>
      new Response(
        JSON.stringify([{ jsonrpc: "2.0", method: "test/note" }, result(1, { n: 1 })]),
        { headers: { "content-type": "Application/JSON; charset=utf-8" } },
      ),
    async (transport, log) => {
      await transport.send(request(1, "test"));
      assertEquals(log.arrivals.map(({ frame, origin }) => [frame.kind, origin]), [
        ["notification", 1],
        ["response", 1],
      ]);
    },
  ));

for (
  const [desc, status, body, says] of [
    ["an error with the request's id", 400, errorBody(1, -32602), -32602],
    ["an error with id null", 400, errorBody(null, -32000), -32000],
    ["an error without id", 403, errorBody(undefined, -32001), -32001],
    ["an error of status 500", 500, errorBody(1, -32603), -32603],
    ["method not found", 404, errorBody(1, -32601), -32601],
  ] as const
) {
  Deno.test(`streamableHttp() delivers ${desc} as the response`, () =>
    withHandler(() => json(body, { status }), async (transport, log) => {
      await transport.send(request(1, "test"));
      const { frame } = await log.response(1);
      assertEquals(frame.kind === "response" && frame.outcome.error?.code, says);
      assertEquals(log.arrivals.length, 1);
    }));
}

function errorBody(id: unknown, code: number): Record<string, unknown> {
  return { jsonrpc: "2.0", id, error: { code, message: "No" } };
}

for (
  const { desc, answer, says } of [
    {
      desc: "a status with text",
      answer: () => new Response("Try\r\n later\n", { status: 503 }),
      says: /^Server answered HTTP 503: Try later$/,
    },
    {
      desc: "a page",
      answer: () =>
        new Response("<html>", { status: 502, headers: { "content-type": "text/html" } }),
      says: /^Server answered HTTP 502$/,
    },
    {
      desc: "an error for another request",
      answer: () => json(errorBody(9, -1), { status: 400 }),
      says: /HTTP 400/,
    },
    {
      desc: "a redirect",
      answer: () => Response.redirect("https://user:pw@elsewhere.example/a?token=t", 307),
      says:
        /HTTP 307: redirects are not followed, this one leads to "https:\/\/elsewhere\.example"$/,
    },
    {
      desc: "a redirect to nowhere",
      answer: () => new Response(null, { status: 302 }),
      says: /HTTP 302: redirects are not followed$/,
    },
    {
      desc: "another media type",
      answer: () => new Response("hi"),
      says: /HTTP 200 with "text\/plain", not JSON or an event stream/,
    },
    {
      desc: "no media type",
      answer: () => new Response(null, { status: 202 }),
      says: /HTTP 202 with "", not JSON/,
    },
    { desc: "a body that is not JSON", answer: () => json("{"), says: /without a response/ },
    { desc: "a body without response", answer: () => json([]), says: /without a response/ },
    {
      desc: "a response to another request",
      answer: () => json(result(9)),
      says: /without a response/,
    },
    {
      desc: "a broken response",
      answer: () => json({ jsonrpc: "2.0", id: 1 }),
      says: /broken response/,
    },
    {
      desc: "a body that is too large",
      answer: () => json(result(1, { text: "x".repeat(2000) })),
      says: /larger than 1000/,
    },
    {
      desc: "an event that is too large",
      answer: () => new EventStream().write(data(result(1, { text: "x".repeat(2000) }))).response,
      says: /larger than 1000/,
    },
    {
      desc: "a stream that ends",
      answer: () => {
        const stream = new EventStream().write(": hi\n\n");
        stream.end();
        return stream.response;
      },
      says: /without a response/,
    },
  ] as const
) {
  Deno.test(`streamableHttp() rejects a request answered with ${desc}`, () =>
    withHandler(answer, async (transport) => {
      const error = await assertRejects(() => transport.send(request(1, "test")), TransportError);
      assertMatch(error.message, says);
      const kind = desc === "a broken response" ? "invalid" : "failed";
      assertEquals([error.sent, error.kind], [true, kind]);
    }, { deps: { maxMessageBytes: 1000 } }));
}

Deno.test("streamableHttp() rejects a notification that is refused, saying what the server said", () =>
  withHandler(() => json(errorBody(null, -32600), { status: 400 }), async (transport, log) => {
    const error = await assertRejects(() => transport.send(note("test")), TransportError);
    assertEquals([error.sent, error.status], [true, 400]);
    assertEquals(log.arrivals, []);
  }));

Deno.test("streamableHttp() tells a server that is too busy from one that is broken", () =>
  withHandler(() => new Response("Slow down", { status: 429 }), async (transport) => {
    const error = await assertRejects(() => transport.send(request(1, "test")), TransportError);
    assertEquals([error.kind, error.status], ["overloaded", 429]);
  }));

Deno.test("streamableHttp() lets no secret out, and not much text", () =>
  withHandler(
    (request) =>
      new Response(
        `no: ${request.url} ${request.headers.get("authorization")} ${
          request.headers.get("x-key")
        } ${"y".repeat(999)}`,
        { status: 401 },
      ),
    async (transport) => {
      const error = await assertRejects(() => transport.send(request(1, "test")), TransportError);
      assertNotMatch(error.message, /tok-1234|hunter22|Zm9v|k-5678/);
      assertMatch(error.message, /no: .*\[hidden\]/);
      assert(error.message.length < 260);
    },
    {
      options: {
        headers: { "Authorization": "Bearer tok-1234", "X-Key": "k-5678" },
        query: "?key=hunter22",
      },
    },
  ));

Deno.test("streamableHttp() makes Basic credentials of the URL's userinfo", async () => {
  await using server = loopback((request) =>
    json(result(1, { got: request.headers.get("authorization") }))
  );
  const url = server.url.replace("http://", "http://me:p%40ss@");
  await withTransport(url, async (transport, log) => {
    await transport.send(request(1, "test"));
    assertEquals(resultOf((await log.response(1)).frame), { got: `Basic ${btoa("me:p@ss")}` });
  });
});

Deno.test("streamableHttp() says that nothing was sent when there is no server", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  await withTransport(`http://127.0.0.1:${port}/`, async (transport) => {
    const error = await assertRejects(() => transport.send(request(1, "test")), TransportError);
    assertEquals(error.sent, false);
  });
});

Deno.test("streamableHttp() counts as noise what is no frame, and goes on", () =>
  withHandler(() =>
    new EventStream().write(
      `garbage\n${data("no frame")}data: {"jsonrpc\n\nevent: ping\ndata: x\n\n: c\n\n${
        data(result(1))
      }`,
    ).response, async (transport, log) => {
    await transport.send(request(1, "test"));
    assertEquals(log.noise, ["garbage", '"no frame"', '{"jsonrpc', "event: ping"]);
    assertEquals(log.arrivals.length, 1);
  }));

Deno.test("streamableHttp() does not wait for the end of a stream that has said its response", async () => {
  const stream = new EventStream();
  await withHandler(() => stream.write(data(result(1))).response, async (transport) => {
    await transport.send(request(1, "test"));
    await stream.gone;
  });
});

Deno.test("streamableHttp() reads a stream cut into single bytes", () =>
  withRaw(async (peer) => {
    await peer.request();
    await peer.stream();
    for (
      const piece of `\ufeff:hi\r\n\r\ndata: ${JSON.stringify(result(1, { text: "ä🌍" }))}\r\n\r\n`
    ) {
      await peer.write(piece);
    }
    await peer.gone();
  }, async (transport, log) => {
    await transport.send(request(1, "test"));
    assertEquals(resultOf((await log.response(1)).frame), { text: "ä🌍" });
  }));

for (const [desc, start] of [["headers", ""], ["events", "stream"]] as const) {
  Deno.test(`streamableHttp() hangs up when a request without ${desc} is abandoned`, async () => {
    const asked = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    await withRaw(async (peer) => {
      await peer.request();
      if (start !== "") await peer.stream();
      asked.resolve();
      await peer.gone();
      gone.resolve();
    }, async (transport, log) => {
      const sending = transport.send(request(1, "test"));
      await asked.promise;
      transport.abandon(1);
      await sending;
      await gone.promise;
      assertEquals(log.arrivals, []);
    });
  });
}

Deno.test("streamableHttp() asks for a stream that broke from its last event on", async () => {
  const { waits, deps } = noWaits();
  const resumed: Record<string, string>[] = [];
  await withHandler(
    with2025((request) => {
      if (request.method === "DELETE") return new Response(null, { status: 405 });
      if (request.method === "GET" && !request.headers.has("last-event-id")) {
        return new Response(null, { status: 405 });
      }
      const stream = new EventStream();
      if (request.method === "POST") {
        stream.write(
          `id: e1\ndata:\n\n${data({ jsonrpc: "2.0", method: "n/1" }, "e2")}id: e3\ndata: {`,
        );
      } else {
        resumed.push(told(request));
        if (resumed.length === 1) return new Response(null, { status: 503 });
        stream.write(
          resumed.length === 2
            ? `retry: 2500\n\n${data({ jsonrpc: "2.0", method: "n/2" }, "e3")}`
            : data(result(5, { done: true }), "e4"),
        );
      }
      stream.end();
      return stream.response;
    }),
    async (transport, log) => {
      await handshake2025(transport);
      await transport.send(request(5, "tools/call"));
      assertEquals(
        log.arrivals.slice(1).map(({ frame, origin }) => [frame.kind, origin]),
        [["notification", 5], ["notification", 5], ["response", 5]],
      );
    },
    { deps },
  );
  assertEquals(resumed.map((headers) => headers["last-event-id"]), ["e2", "e2", "e3"]);
  assertEquals(resumed[0]!["mcp-session-id"], "session-1");
  assertEquals(waits, [1000, 2000, 2500]);
});

Deno.test("streamableHttp() gives a stream up that breaks five times without news", async () => {
  const { waits, deps } = noWaits();
  await withHandler(
    with2025((request) => {
      if (request.method !== "POST") {
        return new Response(null, { status: request.headers.has("last-event-id") ? 500 : 405 });
      }
      const stream = new EventStream().write("id: e1\ndata:\n\n");
      stream.end();
      return stream.response;
    }),
    async (transport) => {
      await handshake2025(transport);
      const error = await assertRejects(() => transport.send(request(5, "test")), TransportError);
      assertEquals(error.sent, true);
    },
    { deps },
  );
  assertEquals(waits, [1000, 2000, 4000, 8000, 16000]);
});

Deno.test("streamableHttp() stops waiting to resume when the request is abandoned", async () => {
  const waiting = Promise.withResolvers<void>();
  await withHandler((request) => {
    if (request.method !== "POST") return new Response(null, { status: 405 });
    const stream = new EventStream().write("id: e1\ndata:\nretry: 100000\n\n");
    stream.end();
    return stream.response;
  }, async (transport) => {
    const sending = transport.send(request(5, "test"));
    await waiting.promise;
    transport.abandon(5);
    await sending;
  }, {
    deps: {
      delay: (ms, signal) => {
        assertEquals(ms, 100_000);
        waiting.resolve();
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
      },
    },
  });
});

Deno.test("streamableHttp() resumes nothing in 2026", async () => {
  let requests = 0;
  await withHandler(() => {
    requests++;
    const stream = new EventStream().write("id: e1\ndata:\n\n");
    stream.end();
    return stream.response;
  }, async (transport) => {
    transport.agreed({ era: "2026", version: "2026-07-28" });
    const error = await assertRejects(() => transport.send(request(5, "test")), TransportError);
    assertEquals([error.sent, requests], [true, 1]);
  });
});

Deno.test("streamableHttp() knows a lost session and stays away until a new handshake", async () => {
  let isLost = false;
  const methods: string[] = [];
  await withHandler(
    with2025(async (request) => {
      methods.push(request.method);
      if (request.method !== "POST") return new Response(null, { status: 405 });
      const frame = await frameOf(request);
      return isLost
        ? json(errorBody(null, -32001), { status: 404 })
        : json(result((frame as { id: number }).id));
    }),
    async (transport, log) => {
      await handshake2025(transport);
      isLost = true;
      const error = await assertRejects(() => transport.send(request(2, "test")), TransportError);
      assertEquals([error.kind, error.sent, error.status], ["session_lost", true, 404]);
      const next = await assertRejects(() => transport.send(request(3, "test")), TransportError);
      assertEquals([next.kind, next.sent], ["session_lost", false]);
      isLost = false;
      await transport.send({ ...INITIALIZE, id: 1 } as Frame);
      await transport.send(request(4, "test"));
      await log.response(4);
    },
  );
  assertEquals(methods.filter((method) => method === "POST").length, 2);
});

Deno.test("streamableHttp() does not take an unknown method for a lost session", () =>
  withHandler(
    with2025((request) => {
      if (request.method !== "POST") return new Response(null, { status: 405 });
      return json(errorBody(2, -32601), { status: 404 });
    }),
    async (transport, log) => {
      await handshake2025(transport);
      await transport.send(request(2, "test"));
      await log.response(2);
    },
  ));

Deno.test("streamableHttp() refuses a session id that is not visible ASCII", () =>
  withRaw(async (peer) => {
    await peer.request();
    await peer.json(JSON.stringify(result(1)), "HTTP/1.1 200 OK\r\nmcp-session-id: a b");
  }, async (transport) => {
    await assertRejects(() => transport.send(INITIALIZE), TransportError, "session id");
  }));

Deno.test("streamableHttp() hears what belongs to no request, and asks again when that stream breaks", async () => {
  const { waits, deps } = noWaits();
  const streams: EventStream[] = [];
  const asked: (string | null)[] = [];
  await withHandler(
    with2025((request) => {
      if (request.method !== "GET") return new Response(null, { status: 204 });
      asked.push(request.headers.get("last-event-id"));
      const stream = new EventStream();
      streams.push(stream);
      if (streams.length === 1) return new Response(null, { status: 503 });
      stream.frame(note(`n/${streams.length}`), streams.length === 3 ? "e3" : undefined);
      if (streams.length < 4) stream.end();
      return stream.response;
    }),
    async (transport, log) => {
      await handshake2025(transport);
      for (const n of [2, 3, 4]) {
        const { origin } = await log.until(({ arrivals }) =>
          arrivals.find(({ frame }) => frame.kind === "notification" && frame.method === `n/${n}`)
        );
        assertEquals(origin, undefined);
      }
      assertEquals(log.closures, []);
    },
    { deps },
  );
  assertEquals(asked, [null, null, null, "e3"]);
  assertEquals(waits, [1000, 1000, 1000]);
});

for (const status of [400, 404, 405, 501]) {
  Deno.test(`streamableHttp() asks once for a stream that is refused with ${status}`, async () => {
    let asked = 0;
    const { deps } = noWaits();
    await withHandler(
      with2025(async (request) => {
        if (request.method === "GET") {
          asked++;
          return new Response(null, { status });
        }
        if (request.method === "DELETE") return new Response(null, { status: 204 });
        return json(result((await frameOf(request) as { id: number }).id));
      }),
      async (transport, log) => {
        await handshake2025(transport);
        for (let id = 2; id < 12; id++) await transport.send(request(id, "test"));
        await log.response(11);
      },
      { deps },
    );
    assertEquals(asked, 1);
  });
}

Deno.test("streamableHttp() says goodbye once, and does not wait long for an answer to it", async () => {
  let goodbyes = 0;
  await withRaw(async (peer) => {
    for (let text = await peer.request(); text !== undefined; text = await peer.request()) {
      if (text.startsWith("DELETE")) {
        goodbyes++;
        return await peer.gone();
      }
      await peer.json(JSON.stringify(result(1)), "HTTP/1.1 200 OK\r\nmcp-session-id: s");
    }
  }, (transport) => transport.send(INITIALIZE));
  assertEquals(goodbyes, 1);
});

Deno.test("streamableHttp() uses its connections again, streamed answers or not", async () => {
  let n = 0;
  await using server = rawServer(async (peer) => {
    while (await peer.request() !== undefined) {
      const body = JSON.stringify(resultOfNth(++n));
      if (n % 2 === 0) await peer.json(body);
      else {
        const event = `data: ${body}\n\n`;
        await peer.stream("transfer-encoding: chunked\r\n");
        await peer.write(`${event.length.toString(16)}\r\n${event}\r\n0\r\n\r\n`);
      }
    }
  });
  await withTransport(server.url, async (transport) => {
    for (let id = 1; id <= 6; id++) await transport.send(request(id, "test"));
  });
  // The end of a streamed answer may be read while the next call is already on a connection of its own.
  assertEquals(n, 6);
  assert(server.connections <= 2);
});

function resultOfNth(id: number): unknown {
  return { jsonrpc: "2.0", ...{ id, result: resultFrame(id, {}).outcome.result } };
}

Deno.test("streamableHttp() passes on what a server says of an error's details", () =>
  withHandler(() => {
    const stream = new EventStream().frame(
      errorFrame(1, { code: 7, message: "m", data: { a: 1 } }),
    );
    stream.end();
    return stream.response;
  }, async (transport, log) => {
    await transport.send(request(1, "test"));
    assertEquals(
      (await log.response(1)).frame,
      errorFrame(1, { code: 7, message: "m", data: { a: 1 } }),
    );
  }));
