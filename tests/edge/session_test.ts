import { assert, assertEquals } from "@std/assert";
import { Session } from "../../src/edge/session.ts";
import type { JsonObject, NotificationFrame, RequestFrame } from "../../src/mcp/frames.ts";
import { FakeDesk, ok } from "./fake_desk.ts";

Deno.test.sanitizer({ ops: true, resources: true });

let lastId = 0;

function sessionOf(desk = new FakeDesk()) {
  const told: NotificationFrame[] = [];
  const emitted: string[] = [];
  const session = new Session({ desk, scope: undefined, notify: (frame) => told.push(frame) });
  const ask = async (method: string, params: JsonObject = {}) => {
    const frame: RequestFrame = { kind: "request", id: ++lastId, method, params };
    const answer = await session.request(frame, (news) => emitted.push(news.method));
    return answer?.outcome;
  };
  const tell = (method: string, params?: JsonObject) =>
    session.notification({ kind: "notification", method, params });
  return { desk, session, ask, tell, told, emitted };
}

/** Agrees to some resources only. */
function agreeing(desk: FakeDesk, agreed: readonly string[]): void {
  desk.onCall = (call) => {
    const { notifications } = call.params as {
      notifications?: { resourceSubscriptions?: string[] };
    };
    const uris = notifications?.resourceSubscriptions;
    if (uris === undefined || agreed.includes(uris[0]!)) return undefined;
    call.emit({ kind: "acknowledged", filter: {} });
    return new Promise((resolve) =>
      call.signal.addEventListener("abort", () => resolve(ok({})), { once: true })
    );
  };
}

for (
  const [level, isTaken] of [
    ["debug", true],
    ["emergency", true],
    ["verbose", false],
    ["Debug", false],
    [undefined, false],
    [3, false],
    ["toString", false],
  ] as const
) {
  Deno.test(`Session ${isTaken ? "takes" : "refuses"} ${level} as a log level`, async () => {
    const { ask, desk } = sessionOf();
    const outcome = await ask("logging/setLevel", { level });
    assertEquals(outcome?.error?.code, isTaken ? undefined : -32602);
    await ask("tools/list");
    assertEquals(desk.last.logs, isTaken ? level : "server_default");
  });
}

Deno.test("Session passes on who its client is", async () => {
  const { ask, desk } = sessionOf();
  await ask("initialize", { protocolVersion: "2025-06-18", clientInfo: { name: "x", odd: 1 } });
  await ask("tools/list");
  assertEquals(desk.last.client.info, { name: "x", odd: 1 });
  await ask("initialize", { clientInfo: "x" });
  assertEquals(desk.last.client.info, undefined);
});

Deno.test("Session gives each request its own progress, under the client's token", async () => {
  const desk = new FakeDesk();
  desk.onCall = (call) => {
    call.emit({ kind: "progress", params: { progress: 1 } });
    call.emit({ kind: "log", params: { level: "info" } });
    return undefined;
  };
  const { ask, emitted, told } = sessionOf(desk);
  await ask("tools/list");
  assertEquals(emitted, ["notifications/message"]);
  await ask("tools/list", { _meta: { progressToken: 0, own: 1 } });
  assertEquals(emitted.slice(1), ["notifications/progress", "notifications/message"]);
  assertEquals([desk.last.wantsProgress, desk.last.params], [true, { _meta: { own: 1 } }]);
  assertEquals(told, []);
});

Deno.test("Session subscribes to each resource once, by a call of its own", async () => {
  const { ask, desk, told } = sessionOf();
  for (const uri of ["f:/a", "f:/a", "f:/b"]) {
    assertEquals(await ask("resources/subscribe", { uri }), { result: {} });
  }
  const [a, b, ...more] = desk.of("subscriptions/listen");
  assertEquals(more, []);
  a!.emit({ kind: "resource_updated", params: { uri: "f:/a" } });
  assertEquals(told.map(({ method, params }) => [method, params?.uri]), [
    ["notifications/resources/updated", "f:/a"],
  ]);
  assertEquals(await ask("resources/unsubscribe", { uri: "f:/a" }), { result: {} });
  assertEquals([a!.signal.aborted, b!.signal.aborted], [true, false]);
  await ask("resources/subscribe", { uri: "f:/a" });
  assertEquals(desk.of("subscriptions/listen").length, 3);
});

for (
  const [method, params, code] of [
    ["resources/subscribe", {}, -32602],
    ["resources/subscribe", { uri: 7 }, -32602],
    ["resources/subscribe", { uri: "f:/refused" }, -32602],
    ["resources/unsubscribe", {}, -32602],
    ["resources/unsubscribe", { uri: "f:/never" }, undefined],
  ] as const
) {
  Deno.test(`Session answers ${method} of ${JSON.stringify(params)} with ${code ?? "a result"}`, async () => {
    const { ask, desk } = sessionOf();
    agreeing(desk, []);
    assertEquals((await ask(method, params))?.error?.code, code);
    assert(desk.calls.every(({ signal }) => signal.aborted));
  });
}

Deno.test("Session takes at most 1000 subscriptions", async () => {
  const { ask } = sessionOf();
  for (let n = 0; n < 1000; n++) {
    assertEquals(await ask("resources/subscribe", { uri: `f:/${n}` }), { result: {} });
  }
  assertEquals((await ask("resources/subscribe", { uri: "f:/x" }))?.error?.code, -32600);
  await ask("resources/unsubscribe", { uri: "f:/5" });
  assertEquals((await ask("resources/subscribe", { uri: "f:/x" }))?.error, undefined);
});

Deno.test("Session that ends leaves no subscription and no request under way", async () => {
  const { ask, tell, session, desk } = sessionOf();
  tell("notifications/initialized");
  await ask("resources/subscribe", { uri: "f:/a" });
  const { promise } = Promise.withResolvers<ReturnType<typeof ok>>();
  desk.onCall = ({ signal }) =>
    Promise.race([
      promise,
      new Promise<ReturnType<typeof ok>>((resolve) =>
        signal.addEventListener("abort", () => resolve(ok({})), { once: true })
      ),
    ]);
  const asked = ask("tools/list");
  assertEquals(session.requestsUnderWay, 1);
  session.end();
  assertEquals(await asked, undefined);
  assertEquals(session.requestsUnderWay, 0);
  assert(desk.calls.every(({ signal }) => signal.aborted));
});

for (const method of ["notifications/roots/list_changed", "notifications/progress", "nonsense"]) {
  Deno.test(`Session ignores ${method}`, () => {
    const { tell, desk } = sessionOf();
    tell(method, { progressToken: 1, progress: 1 });
    assertEquals(desk.calls, []);
  });
}
