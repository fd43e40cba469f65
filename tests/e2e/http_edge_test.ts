import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { textOf } from "./answer.ts";
import { fixtureEntry } from "./fixture_entry.ts";
import { RawHttp } from "./raw_http.ts";
import { postFrame, Session2025 } from "./session_2025.ts";
import { sharedGateway } from "./shared_gateway.ts";

// What the HTTP door owes clients of 2025, and anybody at all.

Deno.test.sanitizer({ ops: true, resources: true });

const MAX_BYTES = 1_000_000;
const shared = sharedGateway(() => ({
  server: { max_request_size_bytes: MAX_BYTES, keep_alive_seconds: 1 },
  servers: [fixtureEntry("a", "collide", { args: ["--name", "a"] }), fixtureEntry("b", "banner")],
}), { servers: 2 });

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

async function statusOf(response: Promise<Response>): Promise<number> {
  const { status, body } = await response;
  await body?.cancel();
  return status;
}

function rawPost(body: string, more: readonly string[] = [], target = "/mcp"): string {
  return [
    `POST ${target} HTTP/1.1`,
    `Host: 127.0.0.1:${shared().port}`,
    "Content-Type: application/json",
    "Accept: application/json, text/event-stream",
    `Content-Length: ${new TextEncoder().encode(body).length}`,
    ...more,
    "",
    body,
  ].join("\r\n");
}

for (
  const [asked, agreed] of [
    ["2025-03-26", "2025-03-26"],
    ["2025-06-18", "2025-06-18"],
    ["2025-11-25", "2025-11-25"],
    ["2024-11-05", "2024-11-05"],
    ["1999-01-01", "2025-11-25"],
    ["2026-07-28", "2025-11-25"],
  ] as const
) {
  Deno.test(`HTTP edge agrees on ${agreed} with a client that asks for ${asked}`, async () => {
    const session = await Session2025.open(shared().url, { version: asked });
    assertEquals(session.initialized.result?.protocolVersion, agreed);
    assert(session.id.length >= 32 && /^[\x21-\x7e]+$/.test(session.id), session.id);
    assertEquals(textOf(await session.call("a__search")), "a");
  });
}

Deno.test("HTTP edge knows sessions until they are deleted", async () => {
  const session = await Session2025.open(shared().url);
  const other = await Session2025.open(shared().url);
  assertNotEquals(session.id, other.id);
  assertEquals((await session.request("ping")).status, 200);
  assert([200, 202, 204].includes(await session.delete()));
  assertEquals((await session.request("ping")).status, 404);
  assertEquals(await statusOf(session.get()), 404);
  assertEquals(await session.delete(), 404);
  assertEquals((await other.request("ping")).status, 200);
});

Deno.test("HTTP edge refuses requests without or with a wrong session", async () => {
  assertEquals(await statusOf(postFrame(shared().url, PING)), 400);
  const headers = { "mcp-session-id": "made-up" };
  assertEquals(await statusOf(postFrame(shared().url, PING, { headers })), 404);
  const accept = "text/event-stream";
  assertEquals(await statusOf(fetch(shared().url, { headers: { accept } })), 400);
  assertEquals(await statusOf(fetch(shared().url, { headers: { ...headers, accept } })), 404);
  assertEquals(await statusOf(fetch(shared().url, { method: "DELETE" })), 400);
});

Deno.test("HTTP edge refuses a protocol version it does not know", async () => {
  const session = await Session2025.open(shared().url);
  for (const version of ["2025-13-01", "nonsense"]) {
    const headers = { "mcp-protocol-version": version };
    assertEquals(await statusOf(session.post(PING, { headers })), 400);
  }
});

Deno.test("HTTP edge binds a session to its address", async () => {
  const scoped = await Session2025.open(`${shared().url}/a`);
  const whole = await Session2025.open(shared().url);
  assertEquals(textOf(await scoped.call("search")), "a");
  assertEquals(textOf(await scoped.call("a__search")), "a");
  const { error } = await scoped.call("b__noisy");
  assertEquals(error?.code, -32602);
  const urls = [[scoped, shared().url], [whole, `${shared().url}/a`], [
    scoped,
    `${shared().url}/b`,
  ]];
  for (const [session, url] of urls as [Session2025, string][]) {
    assertEquals(await statusOf(postFrame(url, PING, { headers: session.headers })), 404);
  }
  assertEquals(await statusOf(postFrame(`${shared().url}/none`, PING)), 404);
});

Deno.test("HTTP edge takes batches in 2025-03-26 only", async () => {
  const batch =
    `[${PING},{"jsonrpc":"2.0","method":"notifications/initialized"},{"jsonrpc":"2.0","id":"two","method":"nope"}]`;
  const old = await Session2025.open(shared().url, { version: "2025-03-26" });
  const response = await old.post(batch);
  const answers: { id: unknown; error?: { code: number } }[] = await response.json();
  assertEquals(answers.map(({ id }) => id), [1, "two"]);
  assertEquals(answers[1]?.error?.code, -32601);
  const notifications = '[{"jsonrpc":"2.0","method":"notifications/initialized"}]';
  assertEquals(await statusOf(old.post(notifications)), 202);
  assertEquals(await statusOf(old.post("[]")), 400);
  for (const version of ["2025-06-18", "2025-11-25"]) {
    const session = await Session2025.open(shared().url, { version });
    assertEquals(await statusOf(session.post(batch)), 400);
  }
  assertEquals(await statusOf(postFrame(shared().url, batch)), 400);
});

Deno.test("HTTP edge answers what is no request with a JSON-RPC error", async () => {
  const session = await Session2025.open(shared().url);
  const bodies: [string, number][] = [
    ["{", -32700],
    ["", -32700],
    ["\u0000", -32700],
    ['{"jsonrpc":"2.0","id":1,"method":"ping"} trailing', -32700],
    ["null", -32600],
    ["42", -32600],
    ['{"id":1,"method":"ping"}', -32600],
    ['{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
    ['{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":7}', -32600],
    [`${"[".repeat(100_000)}${"]".repeat(100_000)}`, -32700],
    [`${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`, -32700],
  ];
  for (const [body, code] of bodies) {
    const response = await session.post(body);
    const { error } = await response.json();
    assertEquals([response.status, error.code], [400, code], body.slice(0, 80));
    assert(response.headers.has("x-request-id"));
  }
  assertEquals((await session.request("ping")).status, 200);
});

Deno.test("HTTP edge answers an unknown method of a session with 200 and -32601", async () => {
  const session = await Session2025.open(shared().url);
  for (const method of ["nope", "server/discover", "subscriptions/listen", "constructor"]) {
    const { status, error } = await session.request(method);
    assertEquals([status, error?.code], [200, -32601], method);
  }
});

Deno.test("HTTP edge looks at Accept and Content-Type", async () => {
  const session = await Session2025.open(shared().url);
  const status = (headers: Record<string, string>) => statusOf(session.post(PING, { headers }));
  assertEquals(await status({ accept: "text/html" }), 406);
  assertEquals(await status({ accept: "application/json" }), 200);
  assertEquals(await status({ accept: "*/*" }), 200);
  assertEquals(await status({ "content-type": "text/plain" }), 415);
  assertEquals(await status({ "content-type": "application/jsonp" }), 415);
  assertEquals(await status({ "content-type": "Application/JSON; charset=utf-8" }), 200);
  const stream = await session.post(PING, { headers: { accept: "text/event-stream" } });
  assertEquals(stream.headers.get("content-type"), "text/event-stream");
  assertEquals(stream.headers.get("x-accel-buffering"), "no");
  assertMatch(await stream.text(), /data: \{"jsonrpc":"2.0","id":1,"result":\{\}\}\n\n$/);
  const headers = { ...session.headers, accept: "application/json" };
  assertEquals(await statusOf(fetch(shared().url, { headers })), 406);
  assertEquals(await statusOf(fetch(shared().url, { method: "PUT" })), 405);
});

Deno.test("HTTP edge refuses a body that is too large, announced or not, without hanging", async () => {
  const session = await Session2025.open(shared().url);
  const text = "x".repeat(MAX_BYTES + 1);
  const body = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"text":"${text}"}}`;
  assertEquals(await statusOf(session.post(body)), 413);
  const streamed = await fetch(shared().url, {
    method: "POST",
    headers: {
      ...session.headers,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: new Blob([body]).stream(),
  });
  assertEquals(await statusOf(Promise.resolve(streamed)), 413);
  assertEquals((await session.request("ping")).status, 200);
  const fits = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"text":"${
    "x".repeat(MAX_BYTES - 100)
  }"}}`;
  assertEquals(await statusOf(session.post(fits)), 200);
});

Deno.test("HTTP edge answers 413 before the body has come, and the connection goes on or ends", async () => {
  using connection = await RawHttp.connect(shared().port);
  const announced = rawPost("{}").replace(/Content-Length: \d+/, "Content-Length: 50000000");
  assertMatch(await connection.exchange(announced), /^HTTP\/1\.1 413 /);
  using chunked = await RawHttp.connect(shared().port);
  await chunked.write(
    rawPost("").replace(/Content-Length: \d+/, "Transfer-Encoding: chunked") +
      `${(MAX_BYTES + 100).toString(16)}\r\n${"x".repeat(MAX_BYTES + 100)}\r\n`,
  );
  assertMatch(await chunked.read(/\r\n\r\n/), /^HTTP\/1\.1 413 /);
  // Either a second request is answered or the connection is closed; what must not be is silence.
  await chunked.write(`0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    .catch(() => {});
  const rest = await chunked.read(/HTTP\/1\.1 200 /).catch((error) => {
    if (error instanceof Deno.errors.BrokenPipe) return "";
    throw error;
  });
  assert(rest === "" || rest.includes("HTTP/1.1 "), rest);
});

for (
  const { desc, request, status } of [
    { desc: "no Host", request: () => "GET /health/live HTTP/1.1\r\n\r\n", status: /^(400|403)$/ },
    { desc: "a foreign Host", request: () => get("evil.example"), status: /^403$/ },
    { desc: "a foreign Host with a port", request: () => get("evil.example:80"), status: /^403$/ },
    { desc: "a Host with a path", request: () => get("a/b?x"), status: /^(400|403)$/ },
    {
      desc: "a loopback Host with a path",
      request: () => get("127.0.0.1/health/live?x"),
      status: /^(400|403)$/,
    },
    { desc: "a Host with a user", request: () => get("localhost@evil"), status: /^(400|403)$/ },
    { desc: "a Host that begins well", request: () => get("localhost.evil"), status: /^403$/ },
    { desc: "a foreign Origin", request: () => get("localhost", "https://evil"), status: /^403$/ },
    { desc: "the Origin null", request: () => get("localhost", "null"), status: /^403$/ },
    {
      desc: "an Origin that begins well",
      request: () => get("localhost", "http://localhost.evil.example"),
      status: /^403$/,
    },
    {
      desc: "an Origin with a user",
      request: () => get("localhost", "http://localhost@evil.example"),
      status: /^403$/,
    },
    {
      desc: "a foreign absolute target",
      request: () => get("localhost").replace("/health", "http://evil.example/health"),
      status: /^(400|403)$/,
    },
    {
      desc: "a good absolute target",
      request: () => get("localhost").replace("/health", "http://localhost/health"),
      status: /^200$/,
    },
    { desc: "TRACE", request: () => get("localhost").replace("GET", "TRACE"), status: /^405$/ },
    { desc: "a good Host", request: () => get("localhost:1234"), status: /^200$/ },
    { desc: "a good IPv6 Host", request: () => get("[::1]:80"), status: /^200$/ },
    {
      desc: "a good Origin",
      request: () => get("localhost", "http://127.0.0.1:5173"),
      status: /^200$/,
    },
  ]
) {
  Deno.test(`HTTP edge answers ${desc} with ${status}`, async () => {
    using connection = await RawHttp.connect(shared().port);
    const head = await connection.exchange(request());
    assertMatch(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? "", status, head);
  });
}

function get(host: string, origin?: string): string {
  const more = origin === undefined ? "" : `Origin: ${origin}\r\n`;
  return `GET /health/live HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
}

Deno.test("HTTP edge lets pages of this machine ask before they post", async () => {
  const response = await fetch(shared().url, {
    method: "OPTIONS",
    headers: {
      origin: "http://localhost:5173",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,mcp-session-id",
    },
  });
  assert(response.ok);
  assertEquals(response.headers.get("access-control-allow-origin"), "http://localhost:5173");
  await response.body?.cancel();
});

Deno.test("HTTP edge says how it is", async () => {
  const live = await fetch(`${shared().origin}/health/live`);
  assertEquals([live.status, (await live.json()).status], [200, "live"]);
  const ready = await fetch(`${shared().origin}/health/ready`);
  const { status, servers } = await ready.json();
  assertEquals([ready.status, status, servers], [200, "ready", { up: 2, configured: 2 }]);
  const nothing = await fetch(`${shared().origin}/nothing`);
  assertEquals(nothing.status, 404);
  const text = await nothing.text();
  assert(!/\.ts|at /.test(text.replace("at this address", "")), text);
  assert(nothing.headers.has("x-request-id"));
});
