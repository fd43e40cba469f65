import { assert, assertEquals } from "@std/assert";
import type { JsonObject } from "../../src/mcp/frames.ts";
import { MetaKey } from "../../src/mcp/meta.ts";
import { frame2026, opened, posting2026, seen, withMeta } from "./client.ts";
import { FakeDesk, ok, untilLeft } from "./fake_desk.ts";
import { SseReader } from "./sse_reader.ts";

// What comes before a 2026 answer, and clients that do not wait for it.

Deno.test.sanitizer({ ops: true, resources: true });

const CALL = frame2026("tools/call", { name: "t", arguments: {} });
const LISTEN = frame2026("subscriptions/listen", { notifications: { toolsListChanged: true } });

Deno.test("McpEndpoint streams progress and log messages before a 2026 answer", async () => {
  const desk = new FakeDesk();
  desk.onCall = (call) => {
    call.emit({ kind: "progress", params: { progress: 1 } });
    call.emit({ kind: "log", params: { level: "info", data: "x" } });
    return ok({ content: [] });
  };
  using app = opened(desk);
  const frame = withMeta(CALL, { [MetaKey.progressToken]: "p" });
  const reader = new SseReader(await app.fetch(posting2026(frame)));
  assertEquals(reader.response.headers.get("x-accel-buffering"), "no");
  assertEquals((await reader.message())?.params, { progressToken: "p", progress: 1 });
  assertEquals((await reader.message())?.method, "notifications/message");
  const answer = await reader.next();
  assertEquals([answer?.id, JSON.parse(answer!.data).id], [undefined, 1]);
  assertEquals(await reader.next(), undefined);
});

Deno.test("McpEndpoint streams a subscription under its id and ends it with a result", async () => {
  const desk = new FakeDesk();
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof ok>>();
  desk.onCall = (call) => {
    call.emit({ kind: "acknowledged", filter: { toolsListChanged: true } });
    return promise;
  };
  using app = opened(desk);
  const listen = { ...LISTEN, id: "sub" };
  const reader = new SseReader(await app.fetch(posting2026(listen)));
  const meta = { [MetaKey.subscriptionId]: "sub" };
  assertEquals(await reader.message(), {
    jsonrpc: "2.0",
    method: "notifications/subscriptions/acknowledged",
    params: { notifications: { toolsListChanged: true }, _meta: meta },
  });
  desk.last.emit({ kind: "list_changed", list: "tools" });
  assertEquals((await reader.message())?.params, { _meta: meta });
  resolve(ok({}));
  const answer = await reader.message();
  assertEquals(answer?.id, "sub");
  assertEquals((answer?.result as JsonObject)._meta, {
    [MetaKey.serverInfo]: desk.serverInfo,
    ...meta,
  });
  assertEquals(await reader.next(), undefined);
});

Deno.test("McpEndpoint cancels a 2026 call whose client closes the stream", async () => {
  const desk = new FakeDesk();
  desk.onCall = (call) => {
    call.emit({ kind: "log", params: { level: "info" } });
    return untilLeft(call);
  };
  using app = opened(desk);
  const reader = new SseReader(await app.fetch(posting2026(CALL)));
  await reader.message();
  assertEquals(desk.last.signal.aborted, false);
  await reader.leave();
  assertEquals(desk.last.signal.aborted, true);
});

Deno.test("McpEndpoint cancels a 2026 call whose client goes before there is an answer", async () => {
  const desk = new FakeDesk();
  desk.onCall = untilLeft;
  using app = opened(desk);
  const client = new AbortController();
  const arrival = desk.arrival();
  const response = app.fetch(posting2026(CALL, {}, { signal: client.signal }));
  const call = await arrival;
  client.abort();
  assertEquals((await response).status, 202);
  assert(call.signal.aborted);
});

Deno.test("McpEndpoint begins no work for a 2026 client that went while its headers were checked", async () => {
  const desk = new FakeDesk();
  desk.onCall = untilLeft;
  const client = new AbortController();
  Object.defineProperty(desk, "inputSchema", {
    value: () => {
      client.abort();
      return Promise.resolve(undefined);
    },
  });
  using app = opened(desk);
  const response = await app.fetch(posting2026(CALL, {}, { signal: client.signal }));
  assertEquals(response.status, 202);
  assert(desk.calls.every(({ signal }) => signal.aborted));
});

Deno.test("McpEndpoint that closes answers 2026 calls under way with 503", async () => {
  const desk = new FakeDesk();
  desk.onCall = untilLeft;
  const app = opened(desk);
  const arrival = desk.arrival();
  const response = app.fetch(posting2026(CALL));
  await arrival;
  app.close();
  const answer = await seen(response);
  assertEquals([answer.status, answer.json.error.data.reason], [503, "shutting_down"]);
});
