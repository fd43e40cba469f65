import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  BOTH,
  INITIALIZE,
  initialized,
  list,
  opened,
  posting,
  request,
  seen,
  session2025,
  tell,
} from "./client.ts";
import { FakeDesk, ok, untilLeft } from "./fake_desk.ts";
import { SseReader } from "./sse_reader.ts";

Deno.test.sanitizer({ ops: true, resources: true });

for (
  const [asked, agreed] of [
    ["2025-11-25", "2025-11-25"],
    ["2025-06-18", "2025-06-18"],
    ["2025-03-26", "2025-03-26"],
    ["2024-11-05", "2024-11-05"],
    ["2026-07-28", "2025-11-25"],
    ["1999-01-01", "2025-11-25"],
    [undefined, "2025-11-25"],
    [7, "2025-11-25"],
  ]
) {
  Deno.test(`McpEndpoint agrees on ${agreed} with a client that asks for ${asked}`, async () => {
    const desk = new FakeDesk();
    using app = opened(desk);
    const params = { ...INITIALIZE.params, protocolVersion: asked };
    const { status, headers, json } = await seen(app.fetch(posting({ ...INITIALIZE, params })));
    assertEquals(status, 200);
    assertMatch(headers.get("mcp-session-id") ?? "", /^[A-Za-z0-9_-]{43}$/);
    assertEquals(json.result, {
      protocolVersion: agreed,
      capabilities: { tools: { listChanged: true } },
      serverInfo: desk.serverInfo,
      instructions: "Be kind",
    });
  });
}

Deno.test("McpEndpoint answers initialize by a stream where that is all the client takes", async () => {
  using app = opened(new FakeDesk());
  const response = await app.fetch(posting(INITIALIZE, { accept: "text/event-stream" }));
  assert(response.headers.has("mcp-session-id"));
  const events = await new SseReader(response).rest();
  assertEquals(events.map(({ data }) => JSON.parse(data).id), [0]);
});

Deno.test("McpEndpoint keeps no session of an initialize that failed", async () => {
  const desk = new FakeDesk();
  desk.onCall = () => ({ kind: "error", error: { code: -32603, message: "No" } });
  using app = opened(desk);
  const { status, headers, json } = await seen(app.fetch(posting(INITIALIZE)));
  assertEquals([status, headers.has("mcp-session-id"), json.error.message], [200, false, "No"]);
  assertEquals((await seen(app.fetch(request("/health/ready")))).json.sessions, 0);
});

for (
  const { desc, headers, value = list(), status, reason } of [
    {
      desc: "no session",
      headers: { "mcp-session-id": undefined },
      status: 400,
      reason: "invalid_request",
    },
    {
      desc: "an unknown session",
      headers: { "mcp-session-id": "x" },
      status: 404,
      reason: "session_not_found",
    },
    {
      desc: "an unknown version",
      headers: { "mcp-protocol-version": "1999-01-01" },
      status: 400,
      reason: "unsupported_version",
    },
    {
      desc: "no Accept that fits",
      headers: { accept: "text/html" },
      status: 406,
      reason: "not_acceptable",
    },
    {
      desc: "no Content-Type",
      headers: { "content-type": "" },
      status: 415,
      reason: "invalid_request",
    },
    {
      desc: "a Content-Type that pages may send unasked",
      headers: { "content-type": "text/plain" },
      status: 415,
      reason: "invalid_request",
    },
    {
      desc: "a Content-Type that only begins like JSON",
      headers: { "content-type": "application/jsonp" },
      status: 415,
      reason: "invalid_request",
    },
    { desc: "no JSON", headers: {}, value: "{", status: 400, reason: "parse_error" },
    { desc: "nothing", headers: {}, value: "", status: 400, reason: "parse_error" },
    {
      desc: "JSON nested too deeply",
      headers: {},
      value: "[".repeat(500),
      status: 400,
      reason: "parse_error",
    },
    { desc: "a number", headers: {}, value: 7, status: 400, reason: "invalid_request" },
    { desc: "null", headers: {}, value: null, status: 400, reason: "invalid_request" },
    {
      desc: "an id of null",
      headers: {},
      value: { jsonrpc: "2.0", id: null, method: "ping" },
      status: 400,
      reason: "invalid_request",
    },
    {
      desc: "no JSON-RPC",
      headers: {},
      value: { id: 1, method: "ping" },
      status: 400,
      reason: "invalid_request",
    },
    {
      desc: "parameters by position",
      headers: {},
      value: { jsonrpc: "2.0", id: 1, method: "ping", params: [] },
      status: 400,
      reason: "invalid_request",
    },
    {
      desc: "more than is allowed",
      headers: {},
      value: { ...list(), params: { a: "x".repeat(2000) } },
      status: 413,
      reason: "payload_too_large",
    },
  ]
) {
  Deno.test(`McpEndpoint answers ${desc} with ${status}`, async () => {
    using s = await session2025(new FakeDesk({ max_request_size_bytes: 1024 }));
    const { calls } = s.desk;
    const before = calls.length;
    const answer = await seen(s.app.fetch(posting(value, { ...s.headers, ...headers })));
    assertEquals([answer.status, answer.json.error.data.reason], [status, reason]);
    assertEquals(calls.length, before);
  });
}

for (
  const contentType of [
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=utf-8",
    "Application/JSON",
  ]
) {
  Deno.test(`McpEndpoint takes Content-Type ${contentType}`, async () => {
    using s = await session2025(new FakeDesk());
    const headers = { ...s.headers, "content-type": contentType };
    assertEquals((await seen(s.app.fetch(posting(list(), headers)))).status, 200);
  });
}

Deno.test("McpEndpoint binds a session to its address", async () => {
  using app = opened(new FakeDesk());
  const own = { "mcp-session-id": await initialized(app, "2025-11-25", "/mcp/a") };
  for (const [path, status] of [["/mcp/a", 200], ["/mcp", 404], ["/mcp/b", 404]] as const) {
    assertEquals((await seen(app.fetch(posting(list(), own, { path })))).status, status);
  }
});

Deno.test("McpEndpoint gives each request of a session its plain answer, in its scope", async () => {
  const desk = new FakeDesk();
  using app = opened(desk);
  const own = { "mcp-session-id": await initialized(app, "2025-06-18", "/mcp/b") };
  const answer = await seen(app.fetch(posting(list("x"), own, { path: "/mcp/b" })));
  assertEquals(answer.json, { jsonrpc: "2.0", id: "x", result: { did: "tools/list" } });
  assertEquals(desk.last.scope, "b");
});

for (
  const { desc, value } of [
    { desc: "a notification", value: tell("notifications/initialized") },
    { desc: "an unknown notification", value: tell("notifications/whatever") },
    { desc: "a response", value: { jsonrpc: "2.0", id: 5, result: {} } },
    { desc: "an error", value: { jsonrpc: "2.0", id: 5, error: { code: 1, message: "x" } } },
  ]
) {
  Deno.test(`McpEndpoint takes ${desc} with 202 and no body`, async () => {
    using s = await session2025(new FakeDesk());
    const answer = await seen(s.app.fetch(posting(value, s.headers)));
    assertEquals([answer.status, answer.text], [202, ""]);
  });
}

for (
  const [method, code] of [
    ["ping", undefined],
    ["nonsense", -32601],
    ["server/discover", -32601],
    ["subscriptions/listen", -32601],
    ["__proto__", -32601],
  ] as const
) {
  Deno.test(`McpEndpoint answers ${method} of 2025 with 200 and ${code ?? "a result"}`, async () => {
    using s = await session2025(new FakeDesk());
    const value = { jsonrpc: "2.0", id: 1, method };
    const answer = await seen(s.app.fetch(posting(value, s.headers)));
    assertEquals([answer.status, answer.json.error?.code], [200, code]);
  });
}

Deno.test("McpEndpoint refuses an id that is in use", async () => {
  using s = await session2025(new FakeDesk());
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof ok>>();
  s.desk.onCall = () => promise;
  const arrival = s.desk.arrival();
  const first = s.app.fetch(posting(list(), s.headers));
  await arrival;
  const second = await seen(s.app.fetch(posting(list(), s.headers)));
  assertEquals(second.json.error.code, -32600);
  const other = s.app.fetch(posting(list("1"), s.headers));
  resolve(ok({}));
  assertEquals([(await seen(first)).json.id, (await seen(other)).json.id], [1, "1"]);
});

Deno.test("McpEndpoint cancels a 2025 request on notice, and only that", async () => {
  using s = await session2025(new FakeDesk());
  s.desk.onCall = untilLeft;
  const responses: Promise<Response>[] = [];
  for (const id of [1, 2]) {
    const arrival = s.desk.arrival();
    responses.push(Promise.resolve(s.app.fetch(posting(list(id), s.headers))));
    await arrival;
  }
  for (const requestId of [99, null, {}, "1", 1]) {
    await s.app.fetch(posting(tell("notifications/cancelled", { requestId }), s.headers));
  }
  assertEquals((await responses[0]!).status, 202);
  assertEquals(s.desk.of("tools/list").map(({ signal }) => signal.aborted), [true, false]);
  s.app.close();
  assertEquals((await responses[1]!).status, 503);
});

Deno.test("McpEndpoint ends a session on DELETE, with all that is under way", async () => {
  using s = await session2025(new FakeDesk());
  s.desk.onCall = untilLeft;
  const arrival = s.desk.arrival();
  const response = s.app.fetch(posting(list(), s.headers));
  const call = await arrival;
  const ask = () => seen(s.app.fetch(request("/mcp", { method: "DELETE", headers: s.headers })));
  assertEquals((await ask()).status, 204);
  assert(call.signal.aborted);
  assertEquals((await response).status, 202);
  assertEquals((await ask()).status, 404);
});

Deno.test("McpEndpoint takes a client that names no form of answer for one of plain answers", async () => {
  using s = await session2025(new FakeDesk());
  const headers = { ...s.headers, accept: undefined };
  assertEquals((await seen(s.app.fetch(posting(list(), headers)))).status, 200);
  assertEquals(
    (await seen(s.app.fetch(posting(list(), { ...headers, accept: BOTH })))).status,
    200,
  );
});
