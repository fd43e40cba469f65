import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../src/mcp/frames.ts";
import type { ListKind } from "../../src/mcp/message.ts";
import { merge } from "../../src/routing/merge.ts";
import { completed, shapeProblem } from "../../src/routing/item_shape.ts";

const BROKEN: readonly (readonly [kind: ListKind, item: JsonObject, problem: string])[] = [
  ["tools", { name: "t", description: 42 }, 'its "description" is not text'],
  ["tools", { name: "t", annotations: [1] }, 'its "annotations" is not an object'],
  ["tools", { name: "t", inputSchema: null }, 'its "inputSchema" is not an object'],
  ["tools", { name: "t", inputSchema: [] }, 'its "inputSchema" is not an object'],
  ["tools", { name: "t", outputSchema: 5 }, 'its "outputSchema" is not an object'],
  [
    "tools",
    { name: "t", inputSchema: { type: "array" } },
    'its "inputSchema" is not of type "object"',
  ],
  ["tools", { name: "t", icons: ["x"] }, 'its "icons" is not a list of objects'],
  ["prompts", { name: "p", arguments: {} }, 'its "arguments" is not a list of objects'],
  ["prompts", { name: "p", _meta: 1 }, 'its "_meta" is not an object'],
  ["resources", { uri: "a:b", name: 1 }, 'its "name" is not text'],
  ["resourceTemplates", { uriTemplate: "a:{b}", mimeType: null }, 'its "mimeType" is not text'],
];

for (const [kind, item, problem] of BROKEN) {
  Deno.test(`shapeProblem() names what strict clients refuse in ${kind}: ${problem}`, () => {
    assertEquals(shapeProblem(kind, item), problem);
  });
}

Deno.test("shapeProblem() lets unknown fields and full items pass", () => {
  const tool = {
    name: "t",
    title: "T",
    inputSchema: { type: "object", $defs: {} },
    outputSchema: {},
    x: [1],
  };
  assertEquals(shapeProblem("tools", tool), undefined);
  assertEquals(shapeProblem("resources", { uri: "a:b", name: "n", size: 5, y: null }), undefined);
});

Deno.test("completed() adds what a client needs and leaves what is there", () => {
  assertEquals(completed("tools", { name: "t" }), { name: "t", inputSchema: { type: "object" } });
  assertEquals(completed("tools", { name: "t", inputSchema: { properties: {} } }), {
    name: "t",
    inputSchema: { type: "object", properties: {} },
  });
  assertEquals(completed("resources", { uri: "a:b" }), { uri: "a:b", name: "a:b" });
  assertEquals(completed("resourceTemplates", { uriTemplate: "a:{b}", name: "n" }), {
    uriTemplate: "a:{b}",
    name: "n",
  });
  const prompt = { name: "p" };
  assertEquals(completed("prompts", prompt), prompt);
});

Deno.test("merge() hides what strict clients would refuse the whole list for, and says so", () => {
  const items = [{ name: "odd", annotations: [1] }, { name: "plain" }];
  const merged = merge("tools", [{ server: "a", items, allows: () => true }], "always");
  assertEquals(merged.items.map(({ item }) => item), [
    { name: "a__plain", inputSchema: { type: "object" } },
  ]);
  assertEquals(merged.hidden, [
    { server: "a", kind: "tools", name: "odd", why: 'its "annotations" is not an object' },
  ]);
});
