import { assertEquals, assertMatch } from "@std/assert";
import type { JsonObject } from "../../src/mcp/frames.ts";
import { Listing } from "../../src/routing/listing.ts";
import { type ListOptions, listsShape } from "../../src/routing/options.ts";
import { Clock } from "../edge/clock.ts";
import { keepingLog } from "../observe/log_lines.ts";
import { failure, FakeUpstream, named, result } from "./fake_upstream.ts";

Deno.test.sanitizer({ ops: true, resources: true });

function listingOf(upstream: FakeUpstream, lists: Partial<ListOptions> = {}) {
  const log = keepingLog();
  const changes: number[] = [];
  const listing = new Listing({
    upstream,
    kind: "tools",
    read: (call) => upstream.handle(call),
    lists: { ...listsShape.parse({}), ...lists },
    log,
    onItems: () => changes.push(listing.items.length),
  });
  const names = () => listing.items.map(({ name }) => name);
  return { listing, log, changes, names };
}

/** Answers a list page by page; the cursor is the page's number. */
function paged(upstream: FakeUpstream, pages: readonly JsonObject[]): void {
  upstream.onCall = ({ params }) => result(pages[Number(params.cursor ?? 0)] ?? {});
}

Deno.test("Listing follows all pages, an empty cursor included", async () => {
  const a = new FakeUpstream("a", { tools: [] });
  const answers: Record<string, JsonObject> = {
    first: { tools: named("x", "y"), nextCursor: "" },
    "": { tools: named("z"), nextCursor: "end" },
    end: { tools: named("w") },
  };
  a.onCall = ({ params }) => result(answers[String(params.cursor ?? "first")]!);
  const { listing, names, changes, log } = listingOf(a);
  await listing.ensureFresh();
  assertEquals(names(), ["x", "y", "z", "w"]);
  assertEquals(a.calls.map(({ params }) => params), [{}, { cursor: "" }, { cursor: "end" }]);
  assertEquals([changes, log.lines], [[4], []]);
});

for (
  const { desc, pages, lists = {}, expected, calls, why } of [
    {
      desc: "repeats a cursor",
      pages: [{ tools: named("x"), nextCursor: "1" }, { tools: named("y"), nextCursor: "1" }],
      expected: ["x", "y"],
      calls: 2,
      why: /repeats a cursor/,
    },
    {
      desc: "goes on for ever",
      pages: Array.from(
        { length: 9 },
        (_, n) => ({ tools: named(`t${n}`), nextCursor: `${n + 1}` }),
      ),
      lists: { max_pages: 3 },
      expected: ["t0", "t1", "t2"],
      calls: 3,
      why: /more than 3 pages/,
    },
    {
      desc: "has too many items on its pages",
      pages: [{ tools: named("a", "b"), nextCursor: "1" }, { tools: named("c") }],
      lists: { max_items: 2 },
      expected: ["a", "b"],
      calls: 1,
      why: /2 items/,
    },
    {
      desc: "has too many items on its last page",
      pages: [{ tools: named("a", "b", "c") }],
      lists: { max_items: 2 },
      expected: ["a", "b"],
      calls: 1,
      why: /2 items/,
    },
  ]
) {
  Deno.test(`Listing cuts the list of a server that ${desc}, and says so`, async () => {
    const a = new FakeUpstream("a", { tools: [] });
    paged(a, pages);
    const { listing, names, log } = listingOf(a, lists);
    await listing.ensureFresh();
    assertEquals([names(), a.calls.length], [expected, calls]);
    assertMatch(listing.problem ?? "", why);
    assertEquals(log.lines.map(({ severity }) => severity), ["warn"]);
    // A list that is cut short is as fresh as any other, and complained of once.
    listing.markStale();
    await listing.ensureFresh();
    assertEquals([log.lines.length, listing.freshness.ttlMs], [1, 60_000]);
  });
}

Deno.test("Listing takes only what is an item from an answer", async () => {
  const a = new FakeUpstream("a", { tools: [] });
  paged(a, [{ tools: [...named("x"), null, 7, "y", []], nextCursor: "1" }, {
    tools: "none",
    nextCursor: 2,
  }]);
  const { listing, names } = listingOf(a);
  await listing.ensureFresh();
  assertEquals([names(), listing.problem], [["x"], undefined]);
});

Deno.test("Listing takes a method that the server does not know for an empty list", async () => {
  const a = new FakeUpstream("a", { tools: [] });
  a.onCall = () => failure({ code: -32601, message: "Unknown" });
  const { listing, log } = listingOf(a);
  await listing.ensureFresh();
  assertEquals([listing.items, listing.isRead, listing.problem], [[], true, undefined]);
  assertEquals(log.lines, []);
});

Deno.test("Listing does not ask a server for what it does not offer", async () => {
  const a = new FakeUpstream("a", { prompts: [] });
  const { listing } = listingOf(a);
  await listing.ensureFresh();
  assertEquals([a.calls.length, listing.isRead, listing.isOffered], [0, true, false]);
});

for (
  const { desc, onCall, why } of [
    { desc: "refuses", onCall: () => failure({ message: "Broken" }), why: "Broken" },
    {
      desc: "asks a question instead",
      onCall: () => ({ kind: "input_required", result: {} }) as const,
      why: "a list asked for input",
    },
    {
      desc: "is lost",
      onCall: () => {
        throw new Error("cut off");
      },
      why: "cut off",
    },
  ]
) {
  Deno.test(`Listing keeps what it had when the server ${desc}, and tries again when asked`, async () => {
    const a = new FakeUpstream("a", { tools: named("x") });
    const { listing, names, changes, log } = listingOf(a);
    await listing.ensureFresh();
    listing.markStale();
    a.onCall = onCall;
    await listing.ensureFresh();
    assertEquals([names(), listing.problem, changes], [["x"], why, [1]]);
    assertEquals(listing.freshness, { ttlMs: 0, cacheScope: "private" });
    assertEquals(log.lines.at(-1)?.fields.why, why);
    a.onCall = () => undefined;
    await listing.ensureFresh();
    assertEquals([names(), listing.problem], [["x"], undefined]);
  });
}

Deno.test("Listing reads once for all who ask meanwhile", async () => {
  const a = new FakeUpstream("a", { tools: named("x") });
  const { listing } = listingOf(a);
  await Promise.all([listing.ensureFresh(), listing.ensureFresh(), listing.ensureFresh()]);
  assertEquals(a.readings("tools"), 1);
});

Deno.test("Listing reads once more when it changed while it was read", async () => {
  const a = new FakeUpstream("a", { tools: named("x") });
  const { listing, names } = listingOf(a);
  a.onCall = () => {
    a.onCall = () => undefined;
    const old = result({ tools: named("old") });
    listing.markStale();
    return old;
  };
  await Promise.all([listing.ensureFresh(), listing.ensureFresh()]);
  assertEquals([names(), a.readings("tools")], [["x"], 2]);
});

Deno.test("Listing reads once more when it changed while a reading failed", async () => {
  const a = new FakeUpstream("a", { tools: named("x") });
  const { listing, names } = listingOf(a);
  a.onCall = () => {
    a.onCall = () => undefined;
    listing.markStale();
    return failure({ message: "Connection lost" });
  };
  await listing.ensureFresh();
  assertEquals([names(), listing.problem], [["x"], undefined]);
});

Deno.test("Listing does not read for ever from a server that keeps changing", async () => {
  const a = new FakeUpstream("a", { tools: named("x") });
  const { listing } = listingOf(a);
  a.onCall = () => {
    listing.markStale();
    return undefined;
  };
  await listing.ensureFresh();
  assertEquals(a.readings("tools"), 2);
});

Deno.test("Listing tells of other items only", async () => {
  const a = new FakeUpstream("a", { tools: named("x") });
  const { listing, changes } = listingOf(a);
  for (const tools of [named("x"), named("x"), named("x", "y"), []]) {
    a.offers = { tools };
    listing.markStale();
    await listing.ensureFresh();
  }
  assertEquals(changes, [1, 2, 0]);
});

Deno.test("Listing asks nothing of a server that is down, and keeps what it knew", async () => {
  const a = new FakeUpstream("a", { tools: named("x") });
  const { listing, names } = listingOf(a);
  await listing.ensureFresh();
  a.isUp = false;
  listing.markStale();
  await listing.ensureFresh();
  assertEquals([names(), a.readings("tools")], [["x"], 1]);
  assertEquals(listing.freshness, { ttlMs: 0, cacheScope: "private" });
});

for (
  const { desc, listChanged, answer, ttl, scope = "private", rereadMs } of [
    {
      desc: "that announces changes and says nothing",
      listChanged: true,
      answer: {},
      ttl: 60_000,
      rereadMs: Infinity,
    },
    {
      desc: "that announces changes and says how long",
      listChanged: true,
      answer: { ttlMs: 500, cacheScope: "public" },
      ttl: 500,
      scope: "public",
      rereadMs: Infinity,
    },
    {
      desc: "that announces nothing and says nothing",
      listChanged: false,
      answer: {},
      ttl: 0,
      rereadMs: 60_000,
    },
    {
      desc: "that announces nothing and says how long",
      listChanged: false,
      answer: { ttlMs: 5000, cacheScope: "public" },
      ttl: 5000,
      scope: "public",
      rereadMs: 5000,
    },
    { desc: "that says zero", listChanged: false, answer: { ttlMs: 0 }, ttl: 0, rereadMs: 0 },
    {
      desc: "that says less than zero",
      listChanged: false,
      answer: { ttlMs: -5 },
      ttl: 0,
      rereadMs: 0,
    },
    {
      desc: "that says nonsense",
      listChanged: true,
      answer: { ttlMs: "long", cacheScope: "world" },
      ttl: 60_000,
      rereadMs: Infinity,
    },
  ]
) {
  Deno.test(`Listing knows how fresh a list is of a server ${desc}`, async () => {
    using clock = new Clock();
    const a = new FakeUpstream("a", {}, { tools: { listChanged } });
    a.onCall = () => result({ tools: named("x"), ...answer });
    const { listing } = listingOf(a);
    await listing.ensureFresh();
    const { ttlMs, cacheScope } = listing.freshness;
    assertEquals(ttlMs <= ttl && ttlMs >= ttl - 100, true, `${ttlMs}`);
    assertEquals(cacheScope, scope);
    const readingsAt = async (ms: number) => {
      clock.advance(ms);
      await listing.ensureFresh();
      return a.readings("tools");
    };
    if (rereadMs === Infinity) assertEquals(await readingsAt(1e9), 1);
    else {
      if (rereadMs > 0) assertEquals(await readingsAt(rereadMs - 1000), 1);
      assertEquals(await readingsAt(1001), 2);
    }
  });
}

Deno.test("Listing takes the shortest time and the narrowest scope of all pages", async () => {
  const a = new FakeUpstream("a", { tools: [] });
  paged(a, [
    { tools: named("x"), ttlMs: 900, cacheScope: "public", nextCursor: "1" },
    { tools: named("y"), ttlMs: 300, cacheScope: "private", nextCursor: "2" },
    { tools: named("z"), ttlMs: 600, cacheScope: "public" },
  ]);
  const { listing } = listingOf(a);
  await listing.ensureFresh();
  assertEquals(listing.freshness, { ttlMs: 300, cacheScope: "private" });
});
