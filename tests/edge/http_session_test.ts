import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { KeptBudget } from "../../src/edge/kept_budget.ts";
import { HttpSession } from "../../src/edge/http_session.ts";
import { KeepAlive } from "../../src/edge/sse_stream.ts";
import type { RequestFrame } from "../../src/mcp/frames.ts";
import { Clock } from "./clock.ts";
import { FakeDesk } from "./fake_desk.ts";
import { SseReader } from "./sse_reader.ts";

Deno.test.sanitizer({ ops: true, resources: true });

function initialize(protocolVersion: string): RequestFrame {
  return { kind: "request", id: 0, method: "initialize", params: { protocolVersion } };
}

async function sessionOf(version = "2025-06-18", desk = new FakeDesk()) {
  const session = new HttpSession(desk, undefined, {
    keepAlive: new KeepAlive(10_000),
    budget: new KeptBudget(Infinity, () => {}),
  });
  await session.session.request(initialize(version), () => {});
  return session;
}

Deno.test("HttpSession has an id of 256 random bits, fit for a header", async () => {
  const [one, other] = [await sessionOf(), await sessionOf()];
  assertMatch(one.id, /^[A-Za-z0-9_-]{43}$/);
  assertNotEquals(one.id, other.id);
});

for (
  const [version, first] of [
    ["2025-11-25", { id: "s1-0", data: "" }],
    ["2025-06-18", { id: "s1-1", data: "a" }],
    ["2025-03-26", { id: "s1-1", data: "a" }],
  ] as const
) {
  Deno.test(`HttpSession of ${version} begins a stream with ${JSON.stringify(first)}`, async () => {
    const session = await sessionOf(version);
    const sink = session.openStream();
    sink.send("a");
    sink.end();
    const response = sink.response();
    assertEquals(response.headers.get("mcp-session-id"), session.id);
    const reader = new SseReader(response);
    assertEquals(await reader.next(), first);
    await reader.rest();
    session.end();
  });
}

Deno.test("HttpSession lets a client that was cut off have the rest of that stream only", async () => {
  const session = await sessionOf();
  const [one, other] = [session.openStream(), session.openStream()];
  const reader = new SseReader(one.response());
  one.send("a");
  assertEquals(await reader.next(), { id: "s1-1", data: "a" });
  await reader.leave();
  one.send("b");
  other.send("x");
  one.end();
  const resumed = new SseReader(session.resume("s1-1")!);
  assertEquals(await resumed.rest(), [{ id: "s1-2", data: "b" }]);
  other.end();
  assertEquals(await new SseReader(other.response()).rest(), [{ id: "s2-1", data: "x" }]);
});

for (const id of ["s9-1", "g", "", "x-1", "s1-", "__proto__-1", "constructor-1"]) {
  Deno.test(`HttpSession knows no stream to resume by "${id}"`, async () => {
    const session = await sessionOf();
    session.openStream().end();
    assertEquals(session.resume(id), undefined);
  });
}

Deno.test("HttpSession is busy while it is listened to or has a request under way", async () => {
  const desk = new FakeDesk();
  const session = await sessionOf("2025-06-18", desk);
  assertEquals(session.isBusy, false);
  const general = session.resume(undefined)!;
  assertEquals(session.isBusy, true);
  await general.body?.cancel();
  assertEquals(session.isBusy, false);
  const { promise, resolve } = Promise.withResolvers<{ kind: "result"; result: object }>();
  desk.onCall = () => promise as never;
  const request = session.session.request(
    { kind: "request", id: 1, method: "tools/list", params: undefined },
    () => {},
  );
  assertEquals(session.isBusy, true);
  resolve({ kind: "result", result: {} });
  await request;
  assertEquals(session.isBusy, false);
});

Deno.test("HttpSession keeps a finished stream for two minutes", async () => {
  using clock = new Clock();
  const session = await sessionOf();
  const sink = session.openStream();
  sink.send("a");
  sink.end();
  await sink.response().body?.cancel();
  clock.advance(119_000);
  session.forgetOldStreams();
  assertEquals((await new SseReader(session.resume("s1-0")!).rest()).length, 1);
  clock.advance(121_000);
  session.forgetOldStreams();
  assertEquals(session.resume("s1-0"), undefined);
});

Deno.test("HttpSession keeps a stream that is not finished, however long its client is away", async () => {
  using clock = new Clock();
  const session = await sessionOf();
  const sink = session.openStream();
  await sink.response().body?.cancel();
  sink.send("a");
  clock.advance(10_000_000);
  session.forgetOldStreams();
  sink.end();
  assertEquals((await new SseReader(session.resume("s1-0")!).rest()).length, 1);
});

Deno.test("HttpSession keeps at most 64 streams, the oldest go first", async () => {
  const session = await sessionOf();
  for (let n = 0; n < 100; n++) {
    const sink = session.openStream();
    sink.send("a");
    sink.end();
    await sink.response().body?.cancel();
  }
  assertEquals(session.resume("s1-0"), undefined);
  assertEquals((await new SseReader(session.resume("s100-0")!).rest()).length, 1);
  const kept = Array.from({ length: 100 }, (_, n) => session.resume(`s${n + 1}-1`));
  assertEquals(kept.filter((stream) => stream !== undefined).length <= 64, true);
  for (const stream of kept) await stream?.body?.cancel();
});

Deno.test("HttpSession keeps at most 16 Mi characters of finished streams", async () => {
  const session = await sessionOf();
  const text = "x".repeat(3 * 1024 * 1024);
  for (let n = 0; n < 10; n++) {
    const sink = session.openStream();
    sink.send(text);
    sink.end();
    await sink.response().body?.cancel();
  }
  session.forgetOldStreams();
  const kept: number[] = [];
  for (let n = 1; n <= 10; n++) {
    const stream = session.resume(`s${n}-1`);
    if (stream !== undefined) kept.push(n);
    await stream?.body?.cancel();
  }
  assertEquals(kept, [6, 7, 8, 9, 10]);
});

Deno.test("HttpSession that ends ends its streams and cancels what is under way", async () => {
  const desk = new FakeDesk();
  const session = await sessionOf("2025-06-18", desk);
  session.session.notification({
    kind: "notification",
    method: "notifications/initialized",
    params: undefined,
  });
  const general = new SseReader(session.resume(undefined)!);
  const open = new SseReader(session.openStream().response());
  session.end();
  assertEquals([await general.rest(), await open.rest()], [[], []]);
  assertEquals(desk.of("subscriptions/listen")[0]?.signal.aborted, true);
  assertEquals(session.resume(undefined), undefined);
});
