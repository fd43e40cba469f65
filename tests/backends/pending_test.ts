import { assert, assertEquals } from "@std/assert";
import { parseJson } from "../../src/mcp/json.ts";
import { timedOut } from "../../src/backends/failures.ts";
import { type Pending, PendingTable } from "../../src/backends/pending.ts";

interface Watched extends Pending {
  readonly ended: Promise<string>;
}

/** A request in the table that says how it ended. */
function add(table: PendingTable, parts: Partial<Pending> = {}): Watched {
  const { promise, resolve } = Promise.withResolvers<string>();
  const now = performance.now();
  const pending = {
    id: table.nextId(),
    method: "tools/call",
    emit() {},
    logs: "none" as const,
    ask: undefined,
    silenceMs: 60_000,
    maxMs: 600_000,
    lastMoment: now + 600_000,
    deadline: now + 60_000,
    resolve: () => resolve("answered"),
    reject: (error: unknown) => resolve(String(error)),
    ended: promise,
    ...parts,
  };
  table.add(pending);
  return pending;
}

/** A table whose expired requests are kept, in order. */
function tableWithLog(): { table: PendingTable; expired: Pending[] } {
  const expired: Pending[] = [];
  const table = new PendingTable((pending) => {
    expired.push(pending);
    pending.reject("expired");
  });
  return { table, expired };
}

Deno.test("PendingTable counts ids up and never uses one twice", () => {
  const { table } = tableWithLog();
  const first = add(table);
  table.take(first.id);
  assertEquals([first.id, add(table).id, table.nextId()], [1, 2, 3]);
  table.failAll(() => "over");
});

const IDS: readonly (readonly [json: string, isKnown: boolean])[] = [
  ["1", true],
  ['"1"', true],
  ["1.0", true],
  ["1e0", true],
  ["2", false],
  ['"2"', false],
  ['"1.0"', false],
  ['" 1"', false],
  ['"-1"', false],
  ['""', false],
  ['"999999999999999999999"', false],
  ["1.5", false],
  ["-0", false],
  ["1e400", false],
  ["null", false],
  ["true", false],
  ["[1]", false],
  ["{}", false],
  ['"constructor"', false],
  ['"__proto__"', false],
];

for (const [json, isKnown] of IDS) {
  Deno.test(`PendingTable ${isKnown ? "knows" : "does not know"} request 1 as ${json}`, () => {
    const { table } = tableWithLog();
    const pending = add(table);
    const id = parseJson(json);
    assertEquals(table.get(id), isKnown ? pending : undefined);
    assertEquals(table.take(id), isKnown ? pending : undefined);
    assertEquals(table.take(id), undefined);
    assertEquals(table.size, isKnown ? 0 : 1);
    table.failAll(() => "over");
  });
}

Deno.test("PendingTable.only() is the one request, open subscriptions aside", () => {
  const { table } = tableWithLog();
  assertEquals(table.only(), undefined);
  const listen = add(table, { method: "subscriptions/listen", deadline: Infinity });
  assertEquals(table.only(), undefined);
  const one = add(table);
  assertEquals(table.only(), one);
  const two = add(table);
  assertEquals(table.only(), undefined);
  table.take(one.id);
  assertEquals(table.only(), two);
  table.take(listen.id);
  assertEquals(table.only(), two);
  table.failAll(() => "over");
});

Deno.test("PendingTable gives up requests at their deadlines, each once, soonest first", async () => {
  const { table, expired } = tableWithLog();
  const now = performance.now();
  const late = add(table, { deadline: now + 20 });
  const soon = add(table, { deadline: now + 5 });
  const never = add(table, { deadline: Infinity, lastMoment: Infinity });
  await Promise.all([late.ended, soon.ended]);
  assertEquals(expired, [soon, late]);
  assert(performance.now() >= now + 20);
  assertEquals([table.size, table.get(never.id)], [1, never]);
  table.failAll(() => "over");
});

Deno.test("PendingTable gives up at once what was late before it came", async () => {
  const { table, expired } = tableWithLog();
  const pending = add(table, { deadline: performance.now() - 1000 });
  await pending.ended;
  assertEquals(expired, [pending]);
});

Deno.test("PendingTable.refresh() puts the deadline off, but not beyond the last moment", async () => {
  const { table, expired } = tableWithLog();
  const now = performance.now();
  const first = add(table, { deadline: now + 5, silenceMs: 40, lastMoment: now + 10_000 });
  const capped = add(table, { deadline: now + 5, silenceMs: 10_000, lastMoment: now + 15 });
  table.refresh(first);
  table.refresh(capped);
  assert(first.deadline >= now + 40);
  assertEquals(capped.deadline, now + 15);
  await first.ended;
  assertEquals(expired, [capped, first]);
  assert(performance.now() >= now + 40);
});

Deno.test("PendingTable sets no timer beyond what timers can hold", () => {
  const { table, expired } = tableWithLog();
  const year = 365 * 86_400_000;
  add(table, { deadline: performance.now() + year, lastMoment: performance.now() + year });
  assertEquals(expired, []);
  table.failAll(() => "over");
});

Deno.test("PendingTable takes new requests while it gives up old ones", async () => {
  const later: Watched[] = [];
  const table = new PendingTable((pending) => {
    if (later.length === 0) later.push(add(table, { deadline: performance.now() + 5 }));
    pending.reject("expired");
  });
  const now = performance.now();
  const first = add(table, { deadline: now + 1 });
  const other = add(table, { deadline: now + 30 });
  await Promise.all([first.ended, other.ended, later[0]?.ended]);
  await later[0]!.ended;
  assertEquals(table.size, 0);
});

Deno.test("PendingTable.failAll() ends all of them and leaves no timer", async () => {
  const { table, expired } = tableWithLog();
  const pendings = [add(table), add(table)];
  table.failAll(({ id }) => `over ${id}`);
  assertEquals(await Promise.all(pendings.map(({ ended }) => ended)), ["over 1", "over 2"]);
  assertEquals([table.size, expired.length], [0, 0]);
  table.failAll(() => "again");
});

Deno.test("PendingTable.oneLess() waits for an answer, for the end of all, or for the signal", async () => {
  const { table } = tableWithLog();
  const signal = new AbortController().signal;
  const one = add(table);
  add(table);
  const both = Promise.all([table.oneLess(signal), table.oneLess(signal)]);
  table.take(one.id);
  await both;
  const rest = table.oneLess(signal);
  table.failAll(() => "over");
  await rest;

  add(table);
  const aborting = new AbortController();
  const waits = [table.oneLess(aborting.signal), table.oneLess(signal)];
  aborting.abort();
  await Promise.all(waits);
  await table.oneLess(aborting.signal);
  table.failAll(() => "over");
});

Deno.test("timedOut() says which patience ended", () => {
  const { table } = tableWithLog();
  const silent = add(table);
  const endless = add(table, { deadline: 7, lastMoment: 7 });
  assertEquals(timedOut("files", silent).toRpcError(), {
    code: -32603,
    message: 'Call to "files" timed out: tools/call gave no answer or progress for 60000 ms',
    data: { reason: "backend_timeout", server: "files" },
  });
  assertEquals(
    timedOut("files", endless).message,
    'Call to "files" timed out: tools/call took longer than 600000 ms',
  );
  table.failAll(() => "over");
});
