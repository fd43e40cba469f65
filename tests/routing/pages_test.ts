import { assert, assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../src/pipeline/errors.ts";
import { merge, type Merged } from "../../src/routing/merge.ts";
import { pageOf } from "../../src/routing/pages.ts";
import { named } from "./fake_upstream.ts";

/** Names that sort as they count. */
function names(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, n) => `t${String(from + n).padStart(5, "0")}`);
}

function merged(servers: Readonly<Record<string, readonly string[]>>): Merged {
  const parts = Object.entries(servers).map(([server, own]) => ({
    server,
    items: named(...own),
    allows: () => true,
  }));
  return merge("tools", parts, "always");
}

function cursorOf(value: unknown): string {
  return new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url" });
}

function firstOf(page: ReturnType<typeof pageOf>): unknown {
  return (page.items[0] as { name?: string } | undefined)?.name;
}

for (
  const [count, pages] of [[0, [0]], [1, [1]], [1000, [1000]], [1001, [1000, 1]], [2500, [
    1000,
    1000,
    500,
  ]]] as const
) {
  Deno.test(`pageOf() gives ${count} items on ${pages.length} pages, each item once, in order`, () => {
    const list = merged({ a: names(Math.floor(count / 2)), b: names(Math.ceil(count / 2)) });
    const sizes: number[] = [];
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = pageOf("tools", list, cursor);
      sizes.push(page.items.length);
      seen.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    assertEquals(sizes, [...pages]);
    assertEquals(seen, list.items.map(({ item }) => item));
  });
}

for (
  const { desc, cursor } of [
    { desc: "a number", cursor: 1000 },
    { desc: "null", cursor: null },
    { desc: "an object", cursor: { kind: "tools", server: "a", key: "t00999" } },
    { desc: "empty", cursor: "" },
    { desc: "no Base64", cursor: "ä" },
    { desc: "no JSON", cursor: new TextEncoder().encode("{").toBase64() },
    { desc: "JSON that is no object", cursor: cursorOf(["tools", "a", "b"]) },
    { desc: "without a server", cursor: cursorOf({ kind: "tools", key: "t00001" }) },
    {
      desc: "with a key that is no text",
      cursor: cursorOf({ kind: "tools", server: "a", key: 7 }),
    },
    { desc: "of another kind", cursor: cursorOf({ kind: "prompts", server: "a", key: "t00001" }) },
    { desc: "without a kind", cursor: cursorOf({ server: "a", key: "t00001" }) },
    {
      desc: "of a server that is not there",
      cursor: cursorOf({ kind: "tools", server: "x", key: "t" }),
    },
    {
      desc: "of an object's own methods",
      cursor: cursorOf({ kind: "tools", server: "__proto__", key: "constructor" }),
    },
  ]
) {
  Deno.test(`pageOf() refuses a cursor that is ${desc}`, () => {
    const list = merged({ a: names(2) });
    const error = assertThrows(() => pageOf("tools", list, cursor), GatewayError);
    assertEquals(error.reason, "invalid_params");
    assertEquals(error.toRpcError().code, -32602);
  });
}

for (
  const { desc, now, next } of [
    { desc: "an item before it came", now: { a: ["t00000x", ...names(1500)] }, next: "a__t01000" },
    { desc: "an item before it went", now: { a: names(1499, 1) }, next: "a__t01000" },
    {
      desc: "the last item of the page went",
      now: { a: names(1500).filter((name) => name !== "t00999") },
      next: "a__t01000",
    },
    {
      desc: "all the rest of its server went",
      now: { a: names(10), b: names(2) },
      next: "b__t00000",
    },
    { desc: "all the rest went", now: { a: names(10) }, next: undefined },
    {
      desc: "only what comes later is left of its server",
      now: { a: names(5, 2000) },
      next: "a__t02000",
    },
    { desc: "servers before it came", now: { z: names(3), a: names(1500) }, next: "a__t01000" },
  ]
) {
  Deno.test(`pageOf() goes on in the right place where ${desc}`, () => {
    const { nextCursor } = pageOf("tools", merged({ a: names(1500), b: names(2) }), undefined);
    assert(nextCursor !== undefined);
    const page = pageOf("tools", merged(now), nextCursor);
    assertEquals(firstOf(page), next);
  });
}

Deno.test("pageOf() makes cursors that say nothing outside Base64's own letters", () => {
  const { nextCursor } = pageOf("tools", merged({ a: names(1001) }), undefined);
  assert(/^[A-Za-z0-9_=-]+$/.test(nextCursor ?? ""));
});
