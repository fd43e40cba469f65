import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  type HttpAnswer,
  type HttpClient,
  httpClient,
} from "../../../src/backends/transports/http_client.ts";
import type { HttpRequest } from "../../../src/backends/transports/http_request.ts";
import { TransportError } from "../../../src/backends/transports/transport.ts";
import { type RawPeer, type RawServer, rawServer } from "./raw_server.ts";
import { TEST_CERT, TEST_KEY } from "./tls_fixture.ts";

const never = new AbortController().signal;

function post(body = "{}", more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: "POST", target: "/mcp", headers: {}, body, signal: never, ...more };
}

async function text(answer: HttpAnswer): Promise<string> {
  const decoder = new TextDecoder();
  let all = "";
  for (let part = await answer.read(); part !== undefined; part = await answer.read()) {
    all += decoder.decode(part, { stream: true });
  }
  return all;
}

/** A client and a server for one test, both gone after it. */
async function withServer(
  serve: (peer: RawPeer, nth: number) => Promise<void>,
  body: (client: HttpClient, server: RawServer) => Promise<void>,
): Promise<void> {
  await using server = rawServer(serve);
  const client = httpClient({ url: server.url });
  try {
    await body(client, server);
  } finally {
    await client.close();
  }
}

/** Waits until this many connections are idle. */
async function idleCount(client: HttpClient, wanted: number): Promise<void> {
  while (client.idle !== wanted) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Answers every request of a connection with its number. */
async function count(peer: RawPeer): Promise<void> {
  for (let n = 1; await peer.request() !== undefined; n++) await peer.json(String(n));
}

Deno.test("httpClient() sends method, target, headers and body", () =>
  withServer(async (peer) => {
    await peer.json(JSON.stringify(await peer.request()));
  }, async (client, { port }) => {
    const answer = await client.request(
      post("grüß", { target: "/mcp?a=b", headers: { "x-a": "1", "accept-encoding": "gzip" } }),
    );
    assertEquals(
      JSON.parse(await text(answer)),
      `POST /mcp?a=b HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nuser-agent: only1mcp\r\nx-a: 1\r\n` +
        "accept-encoding: identity\r\ncontent-length: 6\r\n\r\ngrüß",
    );
  }));

Deno.test("httpClient() lets the headers name another host and user agent", () =>
  withServer(async (peer) => {
    await peer.json(JSON.stringify(await peer.request()));
  }, async (client) => {
    const headers = { host: "mcp.example", "user-agent": "x" };
    const sent = JSON.parse(await text(await client.request(post("", { headers }))));
    assertStringIncludes(sent, "\r\nhost: mcp.example\r\nuser-agent: x\r\n");
    assertEquals(sent.match(/host:/g).length, 1);
  }));

Deno.test("httpClient() uses a connection again once its answer was read", () =>
  withServer(count, async (client, server) => {
    for (const expected of ["1", "2", "3"]) {
      assertEquals(await text(await client.request(post())), expected);
    }
    assertEquals(server.connections, 1);
  }));

Deno.test("httpClient() opens as many connections as there are requests at once", () =>
  withServer(count, async (client, server) => {
    const answers = await Promise.all([1, 2, 3].map(() => client.request(post())));
    assertEquals(await Promise.all(answers.map(text)), ["1", "1", "1"]);
    assertEquals(await text(await client.request(post())), "2");
    assertEquals(server.connections, 3);
  }));

Deno.test("httpClient() uses no connection longer than it is good for", async () => {
  await using server = rawServer(async (peer) => {
    for (let n = 1; await peer.request() !== undefined; n++) {
      await peer.json(String(n), "HTTP/1.1 200 OK\r\nkeep-alive: timeout=10, max=5");
    }
  });
  let now = 0;
  const client = httpClient({ url: server.url, now: () => now });
  assertEquals(await text(await client.request(post())), "1");
  now = 8_999;
  assertEquals(await text(await client.request(post())), "2");
  now = 18_000;
  assertEquals(await text(await client.request(post())), "1");
  assertEquals(server.connections, 2);
  await client.close();
});

Deno.test("httpClient() keeps no more idle connections than it may", async () => {
  await using server = rawServer(count);
  const client = httpClient({ url: server.url, maxIdle: 1 });
  const answers = await Promise.all([1, 2].map(() => client.request(post())));
  await Promise.all(answers.map(text));
  const again = await Promise.all([1, 2].map(() => client.request(post())));
  assertEquals((await Promise.all(again.map(text))).toSorted(), ["1", "2"]);
  await client.close();
});

const ANSWERS: readonly { readonly desc: string; readonly bytes: string; readonly body: string }[] =
  [
    {
      desc: "chunks",
      bytes: "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
      body: "abc0123456789",
    },
    {
      desc: "chunks with trailers",
      bytes: "transfer-encoding: chunked\r\n\r\n1\r\na\r\n000\r\nx: y\r\n\r\n",
      body: "a",
    },
    { desc: "a length", bytes: "content-length: 3\r\n\r\nabc", body: "abc" },
    { desc: "no content", bytes: "content-length: 0\r\n\r\n", body: "" },
  ];

for (const { desc, bytes, body } of ANSWERS) {
  Deno.test(`httpClient() reads ${desc}, whole or byte by byte`, () =>
    withServer(async (peer) => {
      await peer.request();
      await peer.write(`HTTP/1.1 200 OK\r\n${bytes}`);
      await peer.request();
      for (const byte of `HTTP/1.1 200 OK\r\n${bytes}`) await peer.write(byte);
      await peer.request();
      await peer.json("last");
    }, async (client, server) => {
      assertEquals(await text(await client.request(post())), body);
      assertEquals(await text(await client.request(post())), body);
      assertEquals(await text(await client.request(post())), "last");
      assertEquals(server.connections, 1);
    }));
}

Deno.test("httpClient() reads a body that lasts until the connection ends, once", () =>
  withServer(async (peer) => {
    await peer.request();
    await peer.write("HTTP/1.1 200 OK\r\n\r\nabc");
  }, async (client, server) => {
    assertEquals(await text(await client.request(post())), "abc");
    assertEquals(await text(await client.request(post())), "abc");
    assertEquals(server.connections, 2);
  }));

Deno.test("httpClient() reads bodies larger than its buffer", () =>
  withServer(async (peer) => {
    const body = "0123456789".repeat(50_000);
    await peer.request();
    await peer.json(body);
    await peer.request();
    const chunks = `${(100_000).toString(16)}\r\n${body.slice(0, 100_000)}\r\n`.repeat(5);
    await peer.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`);
  }, async (client) => {
    assertEquals((await text(await client.request(post()))).length, 500_000);
    assertEquals((await text(await client.request(post()))).length, 500_000);
  }));

Deno.test("httpClient() skips interim answers", () =>
  withServer(async (peer) => {
    await peer.request();
    await peer.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n");
    await peer.json("done");
  }, async (client) => {
    const answer = await client.request(post());
    assertEquals([answer.status, answer.header("link")], [200, undefined]);
    assertEquals(await text(answer), "done");
  }));

const BROKEN: readonly { readonly desc: string; readonly bytes: string; readonly says: RegExp }[] =
  [
    { desc: "that never comes", bytes: "", says: /closed before/ },
    { desc: "cut within its head", bytes: "HTTP/1.1 200 OK\r\ncontent-", says: /closed before/ },
    { desc: "that is no HTTP", bytes: "220 smtp ready\r\n\r\n", says: /status line/ },
    {
      desc: "with length and chunks",
      bytes: "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      says: /both/,
    },
    {
      desc: "that switches protocols",
      bytes: "HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n",
      says: /switches/,
    },
    {
      desc: "of interim heads only",
      bytes: "HTTP/1.1 100 Continue\r\n\r\n".repeat(10),
      says: /interim/,
    },
    {
      desc: "whose head has no end",
      bytes: `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(10_000)}`,
      says: /larger than/,
    },
    {
      desc: "compressed unasked",
      bytes: "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n",
      says: /compressed/,
    },
  ];

for (const { desc, bytes, says } of BROKEN) {
  Deno.test(`httpClient() refuses an answer ${desc}`, () =>
    withServer(async (peer) => {
      await peer.request();
      await peer.write(bytes);
    }, async (client) => {
      const error = await assertRejects(() => client.request(post()), TransportError);
      assertMatch(error.message, says);
      assertEquals(error.sent, true);
    }));
}

const BROKEN_BODIES: readonly [desc: string, bytes: string][] = [
  ["shorter than its length", "content-length: 4\r\n\r\nabc"],
  ["of chunks without the last", "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"],
  ["of a chunk longer than its size", "transfer-encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n"],
  ["of a chunk of negative size", "transfer-encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n"],
  ["of a chunk of a size in 0x form", "transfer-encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n"],
  [
    "of a chunk of enormous size",
    "transfer-encoding: chunked\r\n\r\n100000000\r\nabc\r\n0\r\n\r\n",
  ],
  ["of chunks with bare line feeds", "transfer-encoding: chunked\r\n\r\n3\nabc\n0\n\n"],
  [
    "of chunks with endless trailers",
    `transfer-encoding: chunked\r\n\r\n0\r\n${"x: y\r\n".repeat(200)}`,
  ],
];

for (const [desc, bytes] of BROKEN_BODIES) {
  Deno.test(`httpClient() refuses a body ${desc}`, () =>
    withServer(async (peer, nth) => {
      await peer.request();
      await (nth === 0 ? peer.write(`HTTP/1.1 200 OK\r\n${bytes}`) : peer.json("fresh"));
    }, async (client, server) => {
      const answer = await client.request(post());
      await assertRejects(() => text(answer), TransportError);
      assertEquals(await answer.read(), undefined);
      assertEquals(await text(await client.request(post())), "fresh");
      assertEquals(server.connections, 2);
    }));
}

Deno.test("httpClient() does not use a connection on which more came than the answer", () =>
  withServer(async (peer, nth) => {
    await peer.request();
    await peer.json(`${nth}`);
    if (nth === 0) await peer.json("forged");
    await peer.gone();
  }, async (client) => {
    assertEquals(await text(await client.request(post())), "0");
    await idleCount(client, 0);
    assertEquals(await text(await client.request(post())), "1");
  }));

Deno.test("httpClient() notices an idle connection that the server closes", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = rawServer(async (peer, nth) => {
    await peer.request();
    await peer.json(`${nth}`);
    if (nth === 1) closed.resolve();
  });
  const client = httpClient({ url: server.url });
  assertEquals(await text(await client.request(post())), "0");
  await idleCount(client, 0);
  assertEquals(await text(await client.request(post())), "1");
  await closed.promise;
  await client.close();
});

Deno.test("httpClient() does not send a request again that a closing connection swallowed", () =>
  withServer(async (peer) => {
    await peer.request();
    await peer.json("1");
    await peer.request();
  }, async (client, server) => {
    assertEquals(await text(await client.request(post())), "1");
    const error = await assertRejects(() => client.request(post()), TransportError);
    assertEquals([error.sent, server.connections], [true, 1]);
  }));

Deno.test("httpClient() takes an answer that comes before the request was all sent", () =>
  withServer(async (peer) => {
    await peer.json("no", "HTTP/1.1 413 Content Too Large");
    await peer.gone();
  }, async (client, server) => {
    const answer = await client.request(post("x".repeat(20_000_000)));
    assertEquals([answer.status, await text(answer)], [413, "no"]);
    assertEquals(server.connections, 1);
  }));

Deno.test("httpClient() says of a refused connection that nothing was sent", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const client = httpClient({ url: `http://127.0.0.1:${port}/` });
  const error = await assertRejects(() => client.request(post()), TransportError, "Cannot connect");
  assertEquals(error.sent, false);
  await client.close();
});

Deno.test("httpClient() says of a name that does not exist that nothing was sent", async () => {
  const client = httpClient({ url: "http://only1mcp.invalid/" });
  const error = await assertRejects(() => client.request(post()), TransportError, "Cannot connect");
  assertEquals(error.sent, false);
  await client.close();
});

Deno.test("httpClient() ends an exchange when its signal aborts, wherever it is", async () => {
  const gone = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const asked = Promise.withResolvers<void>();
  await withServer(async (peer, nth) => {
    await peer.request();
    if (nth === 0) asked.resolve();
    else await peer.stream();
    await peer.gone();
    gone[nth]?.resolve();
  }, async (client) => {
    const silent = new AbortController();
    const answering = client.request(post("{}", { signal: silent.signal }));
    await asked.promise;
    silent.abort();
    await assertRejects(() => answering, TransportError);
    await gone[0]!.promise;

    const streaming = new AbortController();
    const answer = await client.request(post("{}", { signal: streaming.signal }));
    const reading = answer.read();
    streaming.abort();
    await assertRejects(() => reading, TransportError);
    await gone[1]!.promise;
  });
});

Deno.test("httpClient() stops waiting for a connection, and keeps it for the next request", () =>
  withServer(count, async (client, server) => {
    const controller = new AbortController();
    const asking = client.request(post("{}", { signal: controller.signal }));
    controller.abort();
    const error = await assertRejects(() => asking, TransportError, "Cannot connect: given up");
    assertEquals(error.sent, false);
    await idleCount(client, 1);
    assertEquals(await text(await client.request(post())), "1");
    assertEquals(server.connections, 1);
  }));

Deno.test("httpClient() asks nothing for a request that was given up before", () =>
  withServer(count, async (client) => {
    const signal = AbortSignal.abort();
    await assertRejects(() => client.request(post("{}", { signal })), TransportError);
    await idleCount(client, 1);
    assertEquals(await text(await client.request(post())), "1");
  }));

Deno.test("httpClient() keeps the connection of an unwanted body that ends soon", () =>
  withServer(async (peer) => {
    await peer.request();
    await peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n");
    await peer.write("3\r\ndef\r\n0\r\n\r\n");
    await peer.request();
    await peer.json("next");
  }, async (client, server) => {
    const answer = await client.request(post());
    await answer.read();
    answer.discard();
    await idleCount(client, 1);
    assertEquals(await text(await client.request(post())), "next");
    assertEquals(server.connections, 1);
  }));

for (
  const [desc, bytes] of [
    ["is long", `content-length: 1000000\r\n\r\nabc`],
    ["has no end", "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"],
    ["lasts as long as its connection", "\r\nabc"],
  ] as const
) {
  Deno.test(`httpClient() hangs up on an unwanted body that ${desc}`, async () => {
    const gone = Promise.withResolvers<void>();
    await withServer(async (peer) => {
      await peer.request();
      await peer.write(`HTTP/1.1 200 OK\r\n${bytes}`);
      await peer.gone();
      gone.resolve();
    }, async (client) => {
      const answer = await client.request(post());
      await answer.read();
      answer.discard();
      await gone.promise;
    });
  });
}

Deno.test("httpClient() leaves nothing behind when closed amid everything", async () => {
  await using server = rawServer(async (peer, nth) => {
    await peer.request();
    if (nth === 0) await peer.json("idle");
    if (nth === 1) await peer.stream();
    await peer.gone();
  });
  const client = httpClient({ url: server.url });
  await text(await client.request(post()));
  const [idle, other] = await Promise.all(
    [0, 1].map(() => client.request(post()).then(() => "answered", (error) => error)).concat([
      client.close().then(() => "closed"),
    ]),
  );
  assert(idle instanceof TransportError && other instanceof TransportError);
  await client.close();
  await assertRejects(() => client.request(post()), TransportError);
});

function tlsServer(serve: (peer: RawPeer, nth: number) => Promise<void>): RawServer {
  const options = { hostname: "127.0.0.1", port: 0, cert: TEST_CERT, key: TEST_KEY };
  return rawServer(serve, Deno.listenTls(options), "https");
}

Deno.test("httpClient() speaks TLS to a server it can trust", async () => {
  await using server = tlsServer(count);
  const client = httpClient({ url: server.url, caCerts: [TEST_CERT] });
  for (const expected of ["1", "2"]) {
    assertEquals(await text(await client.request(post())), expected);
  }
  const large = await client.request(post("x".repeat(1_000_000)));
  assertEquals(await text(large), "3");
  await client.close();
});

Deno.test("httpClient() sends nothing to a TLS server it cannot trust", async () => {
  let heard: string | undefined = "";
  await using server = tlsServer(async (peer) => {
    heard = await peer.request();
  });
  for (const url of [server.url, server.url.replace("127.0.0.1", "localhost")]) {
    const caCerts = url === server.url ? [] : [TEST_CERT];
    const client = httpClient({ url, caCerts });
    const error = await assertRejects(() => client.request(post()), TransportError, "certificate");
    assertEquals(error.sent, false);
    await client.close();
  }
  assertEquals(heard, undefined);
});

Deno.test("httpClient() can be ended during a TLS handshake", async () => {
  const reached = Promise.withResolvers<void>();
  await using server = rawServer(async (peer) => {
    reached.resolve();
    await peer.gone();
  });
  const client = httpClient({ url: server.url.replace("http:", "https:") });
  const controller = new AbortController();
  const asking = client.request(post("{}", { signal: controller.signal }));
  await reached.promise;
  controller.abort();
  const error = await assertRejects(() => asking, TransportError, "Cannot connect");
  assertEquals(error.sent, false);
  await client.close();
});
