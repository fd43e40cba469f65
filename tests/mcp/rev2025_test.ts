import { assertEquals, assertStrictEquals } from "@std/assert";
import type { JsonObject } from "../../src/mcp/frames.ts";
import { parseJson } from "../../src/mcp/json.ts";
import {
  decodeReply2025,
  decodeRequest2025,
  encodeParams2025,
  encodeReply2025,
} from "../../src/mcp/rev2025.ts";

Deno.test("decodeRequest2025() takes a request apart", () => {
  assertEquals(
    decodeRequest2025({ name: "t", _meta: { progressToken: "p", "com.example/x": 1 } }),
    { progressToken: "p", params: { name: "t", _meta: { "com.example/x": 1 } } },
  );
  assertEquals(decodeRequest2025(undefined), { progressToken: undefined, params: {} });
  assertEquals(decodeRequest2025({ _meta: { progressToken: 0 } }), {
    progressToken: 0,
    params: {},
  });
});

const CALL = {
  method: "tools/call",
  params: { name: "t", _meta: { traceparent: "x" } },
  client: { info: { name: "c" }, capabilities: { sampling: {} } },
  logs: "debug",
  progressToken: undefined,
} as const;

Deno.test("encodeParams2025() says nothing of client and era", () => {
  assertStrictEquals(encodeParams2025(CALL), CALL.params);
});

Deno.test("encodeParams2025() adds our progress token to what is in _meta", () => {
  assertEquals(encodeParams2025({ ...CALL, progressToken: 3 }), {
    name: "t",
    _meta: { traceparent: "x", progressToken: 3 },
  });
});

Deno.test("decodeReply2025() keeps results and errors as they are", () => {
  const result = { content: [], resultType: "odd", extra: 1 };
  assertEquals(decodeReply2025({ result }), { kind: "result", result });
  const error = { code: -32002, message: "no", data: 1 };
  assertEquals(decodeReply2025({ error }), { kind: "error", error });
});

const ENCODED: readonly {
  readonly desc: string;
  readonly method: string;
  readonly result: string;
  readonly becomes: string;
}[] = [
  {
    desc: "keeps unknown fields and numbers",
    method: "tools/call",
    result: '{"content":[],"extra":{"n":1.0},"_meta":{"a":9007199254740993}}',
    becomes: '{"content":[],"extra":{"n":1.0},"_meta":{"a":9007199254740993}}',
  },
  {
    desc: "takes hints for caches out of lists",
    method: "tools/list",
    result: '{"tools":[],"ttlMs":5,"cacheScope":"public","nextCursor":"c"}',
    becomes: '{"tools":[],"nextCursor":"c"}',
  },
  {
    desc: "leaves a tool's own ttlMs alone",
    method: "tools/call",
    result: '{"content":[],"ttlMs":5}',
    becomes: '{"content":[],"ttlMs":5}',
  },
  {
    desc: "keeps structured content that is an object",
    method: "tools/call",
    result: '{"structuredContent":{"a":1}}',
    becomes: '{"structuredContent":{"a":1}}',
  },
  ...["[1]", "7", '"text"', "null", "true", "1e400"].map((value) => ({
    desc: `leaves out structured content ${value}`,
    method: "tools/call",
    result: `{"content":[{"type":"text","text":"a"}],"structuredContent":${value}}`,
    becomes: '{"content":[{"type":"text","text":"a"}]}',
  })),
  {
    desc: "leaves out output schemas of anything but objects",
    method: "tools/list",
    result: '{"tools":[{"name":"a","outputSchema":{"type":"array"},"x":1},' +
      '{"name":"b","outputSchema":{"type":"object"}},{"name":"c"},{"name":"d","outputSchema":{}}]}',
    becomes: '{"tools":[{"name":"a","x":1},' +
      '{"name":"b","outputSchema":{"type":"object"}},{"name":"c"},{"name":"d"}]}',
  },
  {
    desc: "looks at tools only where there are some",
    method: "tools/list",
    result: '{"tools":"none"}',
    becomes: '{"tools":"none"}',
  },
  {
    desc: "survives entries that are no tools",
    method: "tools/list",
    result: '{"tools":[null,7,{"name":"a","outputSchema":{"type":"string"}},[]]}',
    becomes: '{"tools":[null,7,{"name":"a"},[]]}',
  },
];

for (const { desc, method, result, becomes } of ENCODED) {
  Deno.test(`encodeReply2025() ${desc}`, () => {
    const reply = { kind: "result", result: parseJson(result) as JsonObject } as const;
    const encoded = encodeReply2025(method, reply);
    assertEquals(JSON.stringify(encoded), `{"result":${becomes}}`);
    assertEquals(JSON.stringify(reply.result), result);
  });
}

Deno.test("encodeReply2025() passes errors on, whatever their code", () => {
  for (const code of [-32002, -32602, -32042, 7]) {
    const error = { code, message: "no", data: { a: 1 } };
    assertEquals(encodeReply2025("tools/call", { kind: "error", error }), { error });
  }
});
