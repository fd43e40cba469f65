import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { JsonObject } from "../../src/mcp/frames.ts";
import { parseJson } from "../../src/mcp/json.ts";
import { MetaKey, metaOf, withMeta, without, withoutProtocolMeta } from "../../src/mcp/meta.ts";

Deno.test("metaOf() gives an object whatever it finds", () => {
  assertEquals(metaOf({ _meta: { a: 1 } }), { a: 1 });
  for (
    const odd of [undefined, {}, { _meta: null }, { _meta: "a" }, { _meta: [1] }, { _meta: 7 }]
  ) {
    assertEquals(metaOf(odd), {});
  }
});

const STRIPPED: readonly {
  readonly desc: string;
  readonly params: JsonObject | undefined;
  readonly becomes: JsonObject;
}[] = [
  { desc: "makes no params an empty object", params: undefined, becomes: {} },
  { desc: "keeps params without _meta", params: { name: "a" }, becomes: { name: "a" } },
  {
    desc: "takes out all that is protocol, and the emptied _meta",
    params: {
      name: "a",
      _meta: {
        progressToken: 1,
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {},
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/logLevel": "info",
      },
    },
    becomes: { name: "a" },
  },
  {
    desc: "keeps trace context, extensions' and vendors' keys",
    params: {
      _meta: {
        progressToken: 1,
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
        "io.modelcontextprotocol/related-task": { taskId: "t" },
        "com.example/x": 1,
      },
    },
    becomes: {
      _meta: {
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
        "io.modelcontextprotocol/related-task": { taskId: "t" },
        "com.example/x": 1,
      },
    },
  },
  { desc: "drops a _meta that is no object", params: { a: 1, _meta: "x" }, becomes: { a: 1 } },
  { desc: "drops a _meta that is null", params: { a: 1, _meta: null }, becomes: { a: 1 } },
];

for (const { desc, params, becomes } of STRIPPED) {
  Deno.test(`withoutProtocolMeta() ${desc}`, () => {
    const before = JSON.stringify(params);
    assertEquals(withoutProtocolMeta(params), becomes);
    assertEquals(JSON.stringify(params), before);
  });
}

Deno.test("withoutProtocolMeta() copies nothing where there is nothing to take out", () => {
  const params = { name: "a" };
  assertStrictEquals(withoutProtocolMeta(params), params);
});

Deno.test("withMeta() adds keys, wins over what is there, and keeps the rest", () => {
  const value = { a: 1, _meta: { [MetaKey.progressToken]: "theirs", x: 1 } };
  assertEquals(withMeta(value, { progressToken: 5 }), { a: 1, _meta: { progressToken: 5, x: 1 } });
  assertEquals(withMeta({}, { y: 2 }), { _meta: { y: 2 } });
  assertEquals(withMeta({ _meta: null }, { y: 2 }), { _meta: { y: 2 } });
  assertEquals(value._meta.progressToken, "theirs");
});

Deno.test("without() and withMeta() keep a __proto__ key a key", () => {
  const value = parseJson('{"__proto__":{"admin":true},"b":1}') as JsonObject;
  const copies = [
    without(value, ["b"]),
    withMeta(value, {}),
    withoutProtocolMeta({ ...value, _meta: {} }),
  ];
  for (const copy of copies) {
    assert(Object.hasOwn(copy, "__proto__"));
    assertEquals(copy.admin, undefined);
  }
});
