import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { HttpSession } from "../../src/edge/http_session.ts";
import { SessionTable } from "../../src/edge/session_table.ts";
import { KeepAlive } from "../../src/edge/sse_stream.ts";
import { Clock } from "./clock.ts";
import { FakeDesk } from "./fake_desk.ts";
import { SseReader } from "./sse_reader.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** A table that is closed at the end of its block. */
function table(sessions: Record<string, number> = {}) {
  const sessionTable = new SessionTable(new FakeDesk({ sessions }), new KeepAlive(10_000));
  const open = (scope?: string): HttpSession => {
    const session = sessionTable.create(scope);
    sessionTable.keep(session);
    return session;
  };
  const isThere = ({ id }: HttpSession) => sessionTable.find(id, undefined) !== undefined;
  return { sessionTable, open, isThere, [Symbol.dispose]: () => sessionTable.close() };
}

Deno.test("SessionTable finds a session that is kept, at its own address only", () => {
  using t = table();
  const created = t.sessionTable.create(undefined);
  assertEquals(t.sessionTable.find(created.id, undefined), undefined);
  t.sessionTable.keep(created);
  const scoped = t.open("a");
  assertStrictEquals(t.sessionTable.find(created.id, undefined), created);
  assertStrictEquals(t.sessionTable.find(scoped.id, "a"), scoped);
  for (
    const [id, scope] of [
      [created.id, "a"],
      [scoped.id, undefined],
      [scoped.id, "b"],
      ["", undefined],
      ["__proto__", undefined],
      [created.id.slice(0, -1), undefined],
    ] as const
  ) assertEquals(t.sessionTable.find(id, scope), undefined);
});

Deno.test("SessionTable makes room by ending the session that was idle longest", () => {
  using t = table({ max: 3 });
  const [a, b, c] = [t.open(), t.open(), t.open()];
  assert(t.isThere(a!));
  const d = t.open();
  assertEquals([a, b, c, d].map((session) => t.isThere(session!)), [true, false, true, true]);
  assertEquals(t.sessionTable.size, 3);
});

Deno.test("SessionTable spares busy sessions as long as there are others", async () => {
  using t = table({ max: 2 });
  const [busy, idle] = [t.open(), t.open()];
  const listening = busy.resume(undefined)!;
  const newest = t.open();
  assertEquals([busy, idle, newest].map(t.isThere), [true, false, true]);
  await listening.body?.cancel();
});

Deno.test("SessionTable ends the oldest where all are busy, never the one that has just come", async () => {
  using t = table({ max: 2 });
  const [first, second] = [t.open(), t.open()];
  const readers = [first, second].map((session) => new SseReader(session.resume(undefined)!));
  const newest = t.open();
  assertEquals([first, second, newest].map(t.isThere), [false, true, true]);
  assertEquals(await readers[0]!.rest(), []);
  await readers[1]!.leave();
});

Deno.test("SessionTable ends sessions that were idle too long, and the timer with the last", async () => {
  using clock = new Clock();
  using t = table({ idle_seconds: 1 });
  const [idle, used] = [t.open(), t.open()];
  const ended = Promise.withResolvers<void>();
  const end = idle.end.bind(idle);
  idle.end = () => {
    end();
    ended.resolve();
  };
  clock.advance(2000);
  assert(t.isThere(used));
  await ended.promise;
  assertEquals([idle, used].map(t.isThere), [false, true]);
  t.sessionTable.end(used);
  assertEquals(t.sessionTable.size, 0);
});

Deno.test("SessionTable counts idleness from the end of a stream, not from before it", async () => {
  using clock = new Clock();
  using t = table({ idle_seconds: 1 });
  const session = t.open();
  const listening = session.resume(undefined)!;
  clock.advance(5000);
  const seen = session.lastSeen;
  // The sweep that comes by while it is listened to.
  while (session.lastSeen === seen) await new Promise((done) => setTimeout(done, 10));
  await listening.body?.cancel();
  const sweeps = Promise.withResolvers<void>();
  session.forgetOldStreams = sweeps.resolve;
  await sweeps.promise;
  assertEquals(t.isThere(session), true);
});

Deno.test("SessionTable that closes ends all sessions", () => {
  using t = table();
  const [a, b] = [t.open(), t.open()];
  t.sessionTable.close();
  assertEquals([t.sessionTable.size, t.isThere(a), t.isThere(b)], [0, false, false]);
});
