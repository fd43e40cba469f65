import { assertEquals, assertMatch } from "@std/assert";
import type { JsonObject } from "../../src/mcp/frames.ts";
import type { ListKind } from "../../src/mcp/message.ts";
import { parseJson } from "../../src/mcp/json.ts";
import { merge, type Merged, type Part } from "../../src/routing/merge.ts";
import { named, resources, templates } from "./fake_upstream.ts";

function part(server: string, items: readonly JsonObject[], allows = (_: string) => true): Part {
  return { server, items, allows };
}

function tools(servers: Readonly<Record<string, readonly string[]>>): readonly Part[] {
  return Object.entries(servers).map(([server, names]) => part(server, named(...names)));
}

/** `public name = server own-name`, one for each item. */
function listed({ items }: Merged): string[] {
  return items.map(({ publicKey, target }) => `${publicKey} = ${target.server} ${target.key}`);
}

function lost({ hidden }: Merged): string[] {
  return hidden.map(({ server, name }) => `${server} ${name}`);
}

for (
  const { desc, prefix, servers, expected, hidden = [] } of [
    {
      desc: "always prefixes, even one server",
      prefix: "always",
      servers: { a: ["x"] },
      expected: ["a__x = a x"],
    },
    {
      desc: "always prefixes, so that nothing collides",
      prefix: "always",
      servers: { a: ["x", "b__x"], b: ["x"] },
      expected: ["a__b__x = a b__x", "a__x = a x", "b__x = b x"],
    },
    {
      desc: "never prefixes; the first server has a name",
      prefix: "never",
      servers: { a: ["x", "y"], b: ["x", "z"] },
      expected: ["x = a x", "y = a y", "z = b z"],
      hidden: ["b x"],
    },
    {
      desc: "prefixes all that share a name, and only them",
      prefix: "conflict",
      servers: { a: ["x", "y"], b: ["x", "z"], c: ["x"] },
      expected: ["a__x = a x", "y = a y", "b__x = b x", "z = b z", "c__x = c x"],
    },
    {
      desc: "prefixes a name that reads as another server's prefixed one",
      prefix: "conflict",
      servers: { a: ["b__x"], b: ["x"] },
      expected: ["a__b__x = a b__x", "x = b x"],
    },
    {
      desc: "does not let a conflicting name and a prefixed one meet",
      prefix: "conflict",
      servers: { a: ["b__x", "x"], b: ["x"] },
      expected: ["a__b__x = a b__x", "a__x = a x", "b__x = b x"],
    },
    {
      desc: "does not give one server's prefixed name to another",
      prefix: "never",
      servers: { a: ["b__x"], b: ["x"] },
      expected: ["x = b x"],
      hidden: ["a b__x"],
    },
    {
      desc: "lets a server use names that begin with its own id",
      prefix: "never",
      servers: { a: ["a__x", "x"] },
      expected: ["a__x = a a__x", "x = a x"],
    },
    {
      desc: "refuses names that clients would choke on",
      prefix: "always",
      servers: { a: ["x y", "é", "x".repeat(125), "ok"] },
      expected: [`a__ok = a ok`, `a__${"x".repeat(125)} = a ${"x".repeat(125)}`],
      hidden: ["a x y", "a é"],
    },
    {
      desc: "refuses names that only the prefix makes too long",
      prefix: "always",
      servers: { a: ["x".repeat(126)] },
      expected: [],
      hidden: [`a ${"x".repeat(126)}`],
    },
    {
      desc: "knows names of objects' own methods",
      prefix: "never",
      servers: { a: ["constructor", "__proto__", "toString"] },
      expected: ["__proto__ = a __proto__", "constructor = a constructor", "toString = a toString"],
    },
    {
      desc: "prefixes methods' names in conflict only",
      prefix: "conflict",
      servers: { a: ["constructor"], b: ["hasOwnProperty"] },
      expected: ["constructor = a constructor", "hasOwnProperty = b hasOwnProperty"],
    },
    {
      desc: "sorts within a server by code units, and keeps servers in their order",
      prefix: "always",
      servers: { b: ["b", "B", "a", "a-", "a_"], a: ["z", "1"] },
      expected: [
        "b__B = b B",
        "b__a = b a",
        "b__a- = b a-",
        "b__a_ = b a_",
        "b__b = b b",
        "a__1 = a 1",
        "a__z = a z",
      ],
    },
  ] as const
) {
  Deno.test(`merge() ${desc} (${prefix})`, () => {
    const merged = merge("tools", tools(servers), prefix);
    assertEquals(listed(merged), [...expected]);
    assertEquals(lost(merged).sort(), [...hidden].sort());
    for (const { publicKey, target } of merged.items) {
      assertEquals(merged.byPublicKey.get(publicKey), target);
    }
    assertEquals(merged.byPublicKey.size, merged.items.length);
  });
}

for (const prefix of ["always", "conflict", "never"] as const) {
  Deno.test(`merge() lets every tool that is not refused be called by its prefixed name (${prefix})`, () => {
    const merged = merge("tools", tools({ a: ["x", "b__x", "y"], b: ["x", "y"] }), prefix);
    for (const [name, own] of [["a__x", "a x"], ["b__x", "b x"], ["a__b__x", "a b__x"]] as const) {
      const target = merged.byPublicKey.get(name) ?? merged.byPrefixed.get(name);
      assertEquals(`${target?.server} ${target?.key}`, own);
    }
  });

  Deno.test(`merge() is the same byte for byte whatever order servers list in (${prefix})`, () => {
    const names = ["d", "a", "c", "b", "A", "10", "9"];
    const once = merge("tools", tools({ s: names, t: names }), prefix);
    const reversed = names.toReversed();
    const again = merge("tools", tools({ s: reversed, t: reversed }), prefix);
    const bytes = ({ items }: Merged) => JSON.stringify(items.map(({ item }) => item));
    assertEquals(bytes(again), bytes(once));
  });
}

for (
  const { desc, kind, item, why } of [
    { desc: "no name", kind: "tools", item: {}, why: /no "name"/ },
    { desc: "an empty name", kind: "tools", item: { name: "" }, why: /no "name"/ },
    { desc: "a name that is no text", kind: "prompts", item: { name: 7 }, why: /no "name"/ },
    { desc: "no URI", kind: "resources", item: { name: "x" }, why: /no "uri"/ },
    { desc: "no template", kind: "resourceTemplates", item: {}, why: /no "uriTemplate"/ },
    {
      desc: "a header that is none",
      kind: "tools",
      item: {
        name: "x",
        inputSchema: { properties: { a: { type: "string", "x-mcp-header": "no good" } } },
      },
      why: /x-mcp-header/,
    },
  ] as const
) {
  Deno.test(`merge() hides an item with ${desc} and says why`, () => {
    const merged = merge(kind, [part("a", [item])], "never");
    assertEquals([merged.items.length, merged.hidden.length], [0, 1]);
    assertMatch(merged.hidden[0]!.why, why);
  });
}

for (
  const [kind, items] of [
    ["tools", named("x", "x")],
    ["prompts", named("x", "x")],
    ["resources", resources("f:/x", "f:/x")],
    ["resourceTemplates", templates("f:/{x}", "f:/{x}")],
  ] as const
) {
  Deno.test(`merge() reports ${kind} that a server lists twice`, () => {
    const merged = merge(kind, [part("a", items)], "always");
    assertEquals(merged.items.length, 1);
    assertEquals(merged.hidden.map(({ why }) => why), ["the server lists it twice"]);
  });
}

Deno.test("merge() asks the configuration about tools only", () => {
  const nothing = () => false;
  for (const kind of ["tools", "prompts", "resources"] satisfies ListKind[]) {
    const items = kind === "resources" ? resources("x:") : named("x");
    const merged = merge(kind, [part("a", items, nothing)], "never");
    assertEquals(merged.items.length, kind === "tools" ? 0 : 1);
    assertEquals(merged.byPrefixed.has("a__x"), kind === "prompts");
  }
});

Deno.test("merge() keeps all fields of an item, unknown ones too, and changes its name only", () => {
  const item = {
    name: "x",
    title: "X",
    inputSchema: { type: "object", big: parseJson("12345678901234567890") },
    "x-vendor": { deep: [1, null] },
    _meta: { a: 1 },
  };
  const merged = merge("tools", [part("a", [item])], "always");
  assertEquals(
    JSON.stringify(merged.items[0]!.item),
    JSON.stringify({ ...item, name: "a__x" }),
  );
  assertEquals(item.name, "x");
});

for (
  const [kind, list, own] of [
    ["resources", resources, "f:/x"],
    ["resourceTemplates", templates, "f:/{x}"],
  ] as const
) {
  Deno.test(`merge() gives ${kind} to the first server; the other's are reached by qualified names`, () => {
    const merged = merge(kind, [part("a", list(own)), part("b", list(own))], "always");
    assertEquals(listed(merged), [`${own} = a ${own}`, `only1mcp+b:${own} = b ${own}`]);
    assertEquals(lost(merged), [`b ${own}`]);
    assertMatch(merged.hidden[0]!.why, /reachable as only1mcp\+b:f:/);
  });
}

Deno.test("merge() hides a resource whose URI reads as one of another server", () => {
  const parts = [
    part("a", resources("only1mcp+b:f:/x", "only1mcp+c:f:/x", "f:/x")),
    part("b", resources("f:/x")),
  ];
  const merged = merge("resources", parts, "always");
  assertEquals(listed(merged), [
    "f:/x = a f:/x",
    "only1mcp+c:f:/x = a only1mcp+c:f:/x",
    "only1mcp+b:f:/x = b f:/x",
  ]);
  assertEquals(lost(merged), ["a only1mcp+b:f:/x", "b f:/x"]);
});
