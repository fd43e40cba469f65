import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../src/mcp/frames.ts";
import { MetaKey } from "../../src/mcp/meta.ts";
import { errorReply, GatewayError } from "../../src/pipeline/errors.ts";
import {
  frame2026,
  initialized,
  opened,
  posting,
  posting2026,
  request,
  seen,
  V2026,
  withMeta,
} from "./client.ts";
import { FakeDesk } from "./fake_desk.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const LIST = frame2026("tools/list");
const CALL = frame2026("tools/call", { name: "t", arguments: {} });
const LISTEN = frame2026("subscriptions/listen", { notifications: { toolsListChanged: true } });

function without(frame: JsonObject, key: string): JsonObject {
  const params = frame.params as JsonObject;
  const meta = { ...params._meta as JsonObject };
  delete meta[key];
  return { ...frame, params: { ...params, _meta: meta } };
}

Deno.test("McpEndpoint answers a 2026 request with plain JSON and no session", async () => {
  const desk = new FakeDesk();
  using app = opened(desk);
  const { status, headers, json } = await seen(app.fetch(posting2026(LIST)));
  assertEquals(status, 200);
  assertEquals(json, {
    jsonrpc: "2.0",
    id: 1,
    result: {
      did: "tools/list",
      ttlMs: 0,
      cacheScope: "private",
      resultType: "complete",
      _meta: { [MetaKey.serverInfo]: desk.serverInfo },
    },
  });
  assertEquals(headers.has("mcp-session-id"), false);
  const { params, client, scope, logs, wantsProgress } = desk.last;
  assertEquals({ params, client, scope, logs, wantsProgress }, {
    params: {},
    client: { info: undefined, capabilities: {} },
    scope: undefined,
    logs: "none",
    wantsProgress: false,
  });
});

Deno.test("McpEndpoint passes on what a 2026 request says of its client and wishes", async () => {
  const desk = new FakeDesk();
  using app = opened(desk);
  const frame = withMeta(CALL, {
    [MetaKey.clientInfo]: { name: "x" },
    [MetaKey.clientCapabilities]: { elicitation: {} },
    [MetaKey.logLevel]: "warning",
    [MetaKey.progressToken]: 7,
    "example.com/own": 1,
  });
  await seen(app.fetch(posting2026(frame, {}, { path: "/mcp/a" })));
  assertEquals(desk.last.client, { info: { name: "x" }, capabilities: { elicitation: {} } });
  assertEquals([desk.last.logs, desk.last.wantsProgress, desk.last.scope], ["warning", true, "a"]);
  assertEquals(desk.last.params, {
    name: "t",
    arguments: {},
    _meta: { "example.com/own": 1 },
  });
});

for (
  const { desc, frame, headers = {}, status, code, reason } of [
    {
      desc: "an unknown method",
      frame: frame2026("tools/destroy"),
      status: 404,
      code: -32601,
      reason: "method_not_found",
    },
    { desc: "initialize", frame: frame2026("initialize"), status: 404, code: -32601 },
    { desc: "ping", frame: frame2026("ping"), status: 404, code: -32601 },
    {
      desc: "resources/subscribe",
      frame: frame2026("resources/subscribe"),
      status: 404,
      code: -32601,
    },
    { desc: "constructor", frame: frame2026("constructor"), status: 404, code: -32601 },
    {
      desc: "a version from the future",
      frame: withMeta(LIST, { [MetaKey.protocolVersion]: "2027-01-01" }),
      headers: { "mcp-protocol-version": "2027-01-01" },
      status: 400,
      code: -32022,
      reason: "unsupported_version",
    },
    {
      desc: "a version of 2025 in _meta",
      frame: withMeta(LIST, { [MetaKey.protocolVersion]: "2025-11-25" }),
      headers: { "mcp-protocol-version": "2025-11-25" },
      status: 400,
      code: -32022,
      reason: "unsupported_version",
    },
    {
      desc: "a version that is no text",
      frame: withMeta(LIST, { [MetaKey.protocolVersion]: 2026 }),
      status: 400,
      code: -32020,
      reason: "header_mismatch",
    },
    {
      desc: "a request without a version in _meta",
      frame: without(LIST, MetaKey.protocolVersion),
      status: 400,
      code: -32602,
      reason: "invalid_params",
    },
    {
      desc: "a request without capabilities",
      frame: without(LIST, MetaKey.clientCapabilities),
      status: 400,
      code: -32602,
      reason: "invalid_params",
    },
    {
      desc: "a wrong log level",
      frame: withMeta(LIST, { [MetaKey.logLevel]: "loud" }),
      status: 400,
      code: -32602,
    },
    {
      desc: "a request without Mcp-Method",
      frame: LIST,
      headers: { "mcp-method": undefined },
      status: 400,
      code: -32020,
      reason: "header_mismatch",
    },
    {
      desc: "a wrong Mcp-Method",
      frame: LIST,
      headers: { "mcp-method": "tools/call" },
      status: 400,
      code: -32020,
    },
    {
      desc: "a call without Mcp-Name",
      frame: CALL,
      headers: { "mcp-name": undefined },
      status: 400,
      code: -32020,
    },
    {
      desc: "a wrong Mcp-Name",
      frame: CALL,
      headers: { "mcp-name": "u" },
      status: 400,
      code: -32020,
    },
    {
      desc: "a request without MCP-Protocol-Version",
      frame: LIST,
      headers: { "mcp-protocol-version": undefined },
      status: 400,
      code: -32020,
    },
    {
      desc: "a listen that cannot be answered by a stream",
      frame: LISTEN,
      headers: { accept: "application/json" },
      status: 406,
      code: -32600,
      reason: "not_acceptable",
    },
  ]
) {
  Deno.test(`McpEndpoint answers ${desc} of 2026 with ${status} and ${code}`, async () => {
    const desk = new FakeDesk();
    using app = opened(desk);
    const answer = await seen(app.fetch(posting2026(frame, headers)));
    assertEquals([answer.status, answer.json.error.code], [status, code]);
    if (reason !== undefined) assertEquals(answer.json.error.data.reason, reason);
    assertEquals(answer.json.id, 1);
    assertEquals(desk.calls, []);
  });
}

Deno.test("McpEndpoint says which versions it speaks to a client of an unknown one", async () => {
  using app = opened(new FakeDesk());
  const frame = withMeta(LIST, { [MetaKey.protocolVersion]: "2027-01-01" });
  const { json } = await seen(
    app.fetch(posting2026(frame, { "mcp-protocol-version": "2027-01-01" })),
  );
  assertEquals(json.error.data, {
    reason: "unsupported_version",
    supported: [V2026, "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"],
    requested: "2027-01-01",
  });
});

for (
  const { desc, reply, status } of [
    {
      desc: "a missing tool with 200",
      reply: errorReply(new GatewayError("not_found", "Unknown tool: t")),
      status: 200,
    },
    {
      desc: "a lost server with 200",
      reply: errorReply(new GatewayError("backend_crashed", "Gone")),
      status: 200,
    },
    {
      desc: "a method that nobody offers with 404",
      reply: errorReply(new GatewayError("method_not_found", "No")),
      status: 404,
    },
    {
      desc: "a lacking capability with 400",
      reply: { kind: "error", error: { code: -32021, message: "Needs elicitation" } } as const,
      status: 400,
    },
  ]
) {
  Deno.test(`McpEndpoint answers ${desc} to 2026`, async () => {
    const desk = new FakeDesk();
    desk.onCall = () => reply;
    using app = opened(desk);
    assertEquals((await seen(app.fetch(posting2026(CALL)))).status, status);
  });
}

for (
  const { desc, value, headers, status } of [
    {
      desc: "a notification with 202",
      value: { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } },
      headers: { "mcp-protocol-version": V2026 },
      status: 202,
    },
    {
      desc: "a response with 400",
      value: { jsonrpc: "2.0", id: 1, result: {} },
      headers: { "mcp-protocol-version": V2026 },
      status: 400,
    },
    {
      desc: "a batch with 400",
      value: [LIST],
      headers: { "mcp-protocol-version": V2026 },
      status: 400,
    },
  ]
) {
  Deno.test(`McpEndpoint answers ${desc} to 2026`, async () => {
    const desk = new FakeDesk();
    using app = opened(desk);
    const answer = await seen(app.fetch(posting(value, headers)));
    assertEquals([answer.status, desk.calls.length], [status, 0]);
    if (status === 400) assertEquals(answer.json.error.data.reason, "invalid_request");
    else assertEquals(answer.text, "");
  });
}

for (const method of ["GET", "DELETE"]) {
  Deno.test(`McpEndpoint answers ${method} of 2026, which has none, with 405`, async () => {
    using app = opened(new FakeDesk());
    const headers = { "mcp-protocol-version": V2026, accept: "text/event-stream" };
    const answer = await seen(app.fetch(request("/mcp", { method, headers })));
    assertEquals([answer.status, answer.headers.get("allow")], [405, "POST"]);
  });
}

Deno.test("McpEndpoint ignores sessions and resumption in a 2026 request", async () => {
  using app = opened(new FakeDesk());
  const headers = { "mcp-session-id": "no such", "last-event-id": "s1-1" };
  const answer = await seen(app.fetch(posting2026(LIST, headers)));
  assertEquals([answer.status, answer.headers.has("mcp-session-id")], [200, false]);
});

Deno.test("McpEndpoint serves both eras side by side", async () => {
  const desk = new FakeDesk();
  using app = opened(desk);
  const session = { "mcp-session-id": await initialized(app) };
  const old = await seen(
    app.fetch(posting({ jsonrpc: "2.0", id: 1, method: "tools/list" }, session)),
  );
  const modern = await seen(app.fetch(posting2026(LIST, session)));
  assertEquals([old.json.result.resultType, modern.json.result.resultType], [
    undefined,
    "complete",
  ]);
});

Deno.test("McpEndpoint answers server/discover with the versions it speaks", async () => {
  using app = opened(new FakeDesk());
  const { json } = await seen(app.fetch(posting2026(frame2026("server/discover"))));
  assertEquals(json.result.supportedVersions[0], V2026);
  assertEquals(json.result.capabilities, { tools: { listChanged: true } });
  assertEquals(json.result.instructions, "Be kind");
});
