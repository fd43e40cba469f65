import { assert, assertEquals } from "@std/assert";
import type { JsonObject } from "../../src/mcp/frames.ts";
import { parseJson } from "../../src/mcp/json.ts";
import type { LogWish } from "../../src/mcp/message.ts";
import { TransportError } from "../../src/backends/transports/transport.ts";
import { assertReason, collecting, connected, exchange } from "./connected.ts";

const SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId";
const ECHO = { content: [{ type: "text", text: "a" }], extra: { n: 1 } };

Deno.test("Connection passes progress to the request whose token it bears", async () => {
  const { transport, connection, events } = await connected();
  const first = collecting({ wantsProgress: true });
  const second = collecting({ wantsProgress: true });
  const replies = [connection.call(first.exchange), connection.call(second.exchange)];
  transport.notifies("notifications/progress", { progressToken: 2, progress: 1, x: "y" });
  transport.notifies("notifications/progress", { progressToken: "1", progress: 2 });
  for (const progressToken of [3, "abc", null, undefined, {}, "constructor"]) {
    transport.notifies("notifications/progress", { progressToken, progress: 3 });
  }
  transport.notifies("notifications/progress");
  for (const id of [1, 2]) transport.answers(id, {});
  await Promise.all(replies);
  transport.notifies("notifications/progress", { progressToken: 1, progress: 9 });
  assertEquals(first.emitted, [{ kind: "progress", params: { progress: 2 } }]);
  assertEquals(second.emitted, [{ kind: "progress", params: { progress: 1, x: "y" } }]);
  assertEquals(events, []);
  await connection.close();
});

Deno.test("Connection is patient with a request that makes progress, up to its limit", async () => {
  const { transport, connection } = await connected();
  const began = performance.now();
  const reply = connection.call(exchange({ wantsProgress: true, silenceMs: 15, maxMs: 60 }));
  const beat = setInterval(
    () => transport.notifies("notifications/progress", { progressToken: 1, progress: 1 }),
    3,
  );
  const error = await assertReason(reply, "backend_timeout");
  clearInterval(beat);
  assert(performance.now() - began >= 59);
  assert(error.message.endsWith("tools/call took longer than 60 ms"), error.message);
  await connection.close();
});

const LOGS: readonly {
  readonly desc: string;
  readonly wish: LogWish;
  readonly level: unknown;
  readonly isPassed: boolean;
}[] = [
  { desc: "none at all", wish: "none", level: "emergency", isPassed: false },
  { desc: "all the server sends", wish: "server_default", level: "debug", isPassed: true },
  { desc: "warnings and worse", wish: "warning", level: "info", isPassed: false },
  { desc: "warnings and worse, and gets one", wish: "warning", level: "error", isPassed: true },
  {
    desc: "warnings, and gets what has no level",
    wish: "warning",
    level: undefined,
    isPassed: true,
  },
];

for (const { desc, wish, level, isPassed } of LOGS) {
  Deno.test(`Connection passes log messages to a caller that wants ${desc}`, async () => {
    const { transport, connection } = await connected();
    const { exchange, emitted } = collecting({ logs: wish });
    const reply = connection.call(exchange);
    transport.notifies("notifications/message", { level, data: "x" });
    transport.answers(1, {});
    await reply;
    assertEquals(emitted, isPassed ? [{ kind: "log", params: { level, data: "x" } }] : []);
    await connection.close();
  });
}

Deno.test("Connection gives a log message to nobody where it may be anybody's", async () => {
  const { transport, connection, events } = await connected();
  const callers = [collecting({ logs: "debug" }), collecting({ logs: "debug" })];
  const replies = callers.map(({ exchange }) => connection.call(exchange));
  transport.notifies("notifications/message", { level: "error", data: "whose" });
  transport.answers(1, {});
  transport.notifies("notifications/message", { level: "error", data: "second's" });
  transport.answers(2, {});
  transport.notifies("notifications/message", { level: "error", data: "nobody's" });
  await Promise.all(replies);
  assertEquals(callers.map(({ emitted }) => emitted.length), [0, 1]);
  assertEquals(events, []);
  await connection.close();
});

Deno.test("Connection gives log messages to the caller although a subscription is open", async () => {
  const { transport, connection } = await connected("2026");
  const end = new AbortController();
  const listen = connection.call(exchange({
    method: "subscriptions/listen",
    silenceMs: Infinity,
    maxMs: Infinity,
    signal: end.signal,
  }));
  const { exchange: wanted, emitted } = collecting({ logs: "info" });
  const reply = connection.call(wanted);
  transport.notifies("notifications/message", { level: "error", data: "x" });
  transport.answers(2, {});
  await reply;
  assertEquals(emitted, [{ kind: "log", params: { level: "error", data: "x" } }]);
  end.abort();
  await assertReason(listen, "cancelled");
  await connection.close();
});

Deno.test("Connection over HTTP gives everything to the request on whose stream it came", async () => {
  const { transport, connection } = await connected("2025", "streamable_http");
  const callers = [collecting({ logs: "debug" }), collecting({ logs: "debug" })];
  const replies = callers.map(({ exchange }) => connection.call(exchange));
  transport.notifies("notifications/message", { level: "info", data: 2 }, 2);
  transport.notifies("notifications/x", { a: 1 }, 1);
  transport.notifies("notifications/x", { a: 1 });
  transport.notifies("notifications/message", { level: "info", data: 9 }, 9);
  for (const id of [1, 2]) transport.answers(id, {});
  await Promise.all(replies);
  assertEquals(callers.map(({ emitted }) => emitted), [
    [{ kind: "other", method: "notifications/x", params: { a: 1 } }],
    [{ kind: "log", params: { level: "info", data: 2 } }],
  ]);
  await connection.close();
});

Deno.test("Connection passes changes of lists and resources to its owner", async () => {
  const { transport, connection, events } = await connected("2026");
  for (const list of ["tools", "prompts", "resources"]) {
    transport.notifies(`notifications/${list}/list_changed`, { _meta: { [SUBSCRIPTION]: 1 } });
  }
  transport.notifies("notifications/resources/updated", { uri: "a", _meta: { [SUBSCRIPTION]: 1 } });
  transport.notifies("notifications/unheard-of");
  assertEquals(events, [
    { kind: "list_changed", list: "tools" },
    { kind: "list_changed", list: "prompts" },
    { kind: "list_changed", list: "resources" },
    { kind: "resource_updated", params: { uri: "a" } },
  ]);
  await connection.close();
});

Deno.test("Connection tells a subscription that it was acknowledged", async () => {
  const { transport, connection } = await connected("2026");
  const listen = { method: "subscriptions/listen", silenceMs: Infinity, maxMs: Infinity };
  const first = collecting(listen);
  const second = collecting(listen);
  const call = collecting();
  const replies = [first, second, call].map(({ exchange }) => connection.call(exchange));
  const acknowledge = (params?: JsonObject) =>
    transport.notifies("notifications/subscriptions/acknowledged", params);
  acknowledge({ notifications: { toolsListChanged: true }, _meta: { [SUBSCRIPTION]: 2 } });
  acknowledge({ _meta: { [SUBSCRIPTION]: "1" } });
  acknowledge({ notifications: {}, _meta: { [SUBSCRIPTION]: 3 } });
  acknowledge({ notifications: {}, _meta: { [SUBSCRIPTION]: 99 } });
  acknowledge({ notifications: {} });
  acknowledge();
  assertEquals(first.emitted, [{ kind: "acknowledged", filter: {} }]);
  assertEquals(second.emitted, [{ kind: "acknowledged", filter: { toolsListChanged: true } }]);
  assertEquals(call.emitted, []);
  for (const id of [1, 2, 3]) transport.answers(id, {});
  await Promise.all(replies);
  await connection.close();
});

Deno.test("Connection lets a server cancel a subscription and nothing else", async () => {
  const { transport, connection } = await connected("2026");
  const listen = connection.call(exchange({ method: "subscriptions/listen" }));
  const call = connection.call(exchange());
  for (const requestId of [2, 99, null, "abc"]) {
    transport.notifies("notifications/cancelled", { requestId });
  }
  transport.notifies("notifications/cancelled");
  assertEquals(connection.inFlight, 2);
  transport.notifies("notifications/cancelled", { requestId: 1 });
  assertEquals(await listen, { kind: "result", result: {} });
  transport.answers(2, ECHO);
  assertEquals(await call, { kind: "result", result: ECHO });
  assertEquals(transport.notifications(), []);
  await connection.close();
});

Deno.test("Connection answers a ping itself, and a question that belongs to no call with an error", async () => {
  const { transport, connection } = await connected("2025");
  transport.says({ kind: "request", id: "p", method: "ping", params: undefined });
  const big = parseJson("9007199254740993") as number;
  transport.says({ kind: "request", id: big, method: "roots/list", params: {} });
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(transport.sent, [
    { kind: "response", id: "p", outcome: { result: {} } },
    {
      kind: "response",
      id: big,
      outcome: {
        error: {
          code: -32601,
          message:
            "Cannot tell which client to ask roots/list: no call is in progress that it could belong to",
        },
      },
    },
  ]);
  assertEquals(connection.noise, 0);
  await connection.close();
});

Deno.test("Connection answers no questions of 2026 servers, which may not ask any", async () => {
  const { transport, connection } = await connected("2026");
  transport.says({ kind: "request", id: 1, method: "ping", params: undefined });
  assertEquals([transport.sent, connection.noise], [[], 1]);
  await connection.close();
});

Deno.test("Connection survives an answer that cannot be delivered", async () => {
  const { transport, connection } = await connected("2025");
  transport.onSend = () => Promise.reject(new TransportError("cut", { sent: true }));
  transport.says({ kind: "request", id: 1, method: "ping", params: undefined });
  await connection.notify("notifications/initialized");
  await connection.close();
});

Deno.test("Connection counts noise and passes stderr on", async () => {
  const { transport, connection, stderr } = await connected();
  transport.events.onNoise("banner");
  transport.events.onStderr("a line");
  assertEquals([connection.noise, stderr, connection.pid], [1, ["a line"], 4711]);
  await connection.close();
});
