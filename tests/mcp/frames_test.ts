import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  decodeFrame,
  encodeFrame,
  errorFrame,
  type Frame,
  idKey,
  type RequestId,
  resultFrame,
  RpcCode,
} from "../../src/mcp/frames.ts";
import { parseJson } from "../../src/mcp/json.ts";

/** Frames whose text comes out of decoding and encoding as it went in. */
const KEPT: readonly {
  readonly desc: string;
  readonly text: string;
  readonly kind: Frame["kind"];
}[] = [
  { desc: "a request", text: '{"jsonrpc":"2.0","id":1,"method":"ping"}', kind: "request" },
  {
    desc: "a request with a text id and unknown params",
    text: '{"jsonrpc":"2.0","id":"a","method":"x/y","params":{"z":[1,{"w":null}]}}',
    kind: "request",
  },
  { desc: "id zero", text: '{"jsonrpc":"2.0","id":0,"method":"ping"}', kind: "request" },
  { desc: "a negative id", text: '{"jsonrpc":"2.0","id":-5,"method":"ping"}', kind: "request" },
  { desc: "an empty id", text: '{"jsonrpc":"2.0","id":"","method":"ping"}', kind: "request" },
  {
    desc: "an id above 2^53",
    text: '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}',
    kind: "request",
  },
  { desc: "an id written 1.0", text: '{"jsonrpc":"2.0","id":1.0,"method":"a"}', kind: "request" },
  {
    desc: "numbers deep in params",
    text:
      '{"jsonrpc":"2.0","id":1,"method":"a","params":{"n":[1.0,-0,1e400,18446744073709551615]}}',
    kind: "request",
  },
  {
    desc: "a __proto__ key in params",
    text: '{"jsonrpc":"2.0","id":1,"method":"a","params":{"__proto__":{"x":1}}}',
    kind: "request",
  },
  {
    desc: "a notification",
    text: '{"jsonrpc":"2.0","method":"notifications/x","params":{"a":1}}',
    kind: "notification",
  },
  {
    desc: "a notification without params",
    text: '{"jsonrpc":"2.0","method":"x"}',
    kind: "notification",
  },
  { desc: "a result", text: '{"jsonrpc":"2.0","id":"r","result":{"a":1}}', kind: "response" },
  { desc: "an empty result", text: '{"jsonrpc":"2.0","id":1,"result":{}}', kind: "response" },
  {
    desc: "an error with data",
    text: '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no","data":{"a":[null]}}}',
    kind: "response",
  },
  {
    desc: "an error with data null",
    text: '{"jsonrpc":"2.0","id":1,"error":{"code":7,"message":"","data":null}}',
    kind: "response",
  },
  {
    desc: "an error without an id",
    text: '{"jsonrpc":"2.0","error":{"code":-32700,"message":"what"}}',
    kind: "response",
  },
];

for (const { desc, text, kind } of KEPT) {
  Deno.test(`decodeFrame() and encodeFrame() keep ${desc}`, () => {
    const frame = decodeFrame(parseJson(text));
    assertEquals(frame.kind, kind);
    assertEquals(encodeFrame(frame as Frame), text);
  });
}

const ODD: readonly { readonly desc: string; readonly text: string; readonly becomes: string }[] = [
  {
    desc: "an error whose id is null",
    text: '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what"}}',
    becomes: '{"jsonrpc":"2.0","error":{"code":-32700,"message":"what"}}',
  },
  {
    desc: "an error without a code",
    text: '{"jsonrpc":"2.0","id":1,"error":{"message":"no"}}',
    becomes: '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"no"}}',
  },
  {
    desc: "an error whose code is no integer",
    text: '{"jsonrpc":"2.0","id":1,"error":{"code":"E_NO","message":5,"data":1}}',
    becomes:
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Unspecified error","data":1}}',
  },
  {
    desc: "an error whose code is written -32601.0",
    text: '{"jsonrpc":"2.0","id":1,"error":{"code":-32601.0,"message":"no"}}',
    becomes: '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}',
  },
  {
    desc: "a result with an error that is null",
    text: '{"jsonrpc":"2.0","id":1,"result":{"a":1},"error":null}',
    becomes: '{"jsonrpc":"2.0","id":1,"result":{"a":1}}',
  },
];

for (const { desc, text, becomes } of ODD) {
  Deno.test(`decodeFrame() makes sense of ${desc}`, () => {
    const frame = decodeFrame(parseJson(text));
    assertEquals(encodeFrame(frame as Frame), becomes);
  });
}

const INVALID: readonly {
  readonly desc: string;
  readonly text: string;
  readonly why: string;
  readonly id?: RequestId;
}[] = [
  { desc: "null", text: "null", why: "Message is not a JSON object" },
  { desc: "a number", text: "9007199254740993", why: "Message is not a JSON object" },
  { desc: "an array", text: "[]", why: "Message is not a JSON object" },
  { desc: "an empty object", text: "{}", why: 'Message lacks "jsonrpc": "2.0"' },
  {
    desc: "JSON-RPC 1",
    text: '{"jsonrpc":"1.0","id":3,"method":"a"}',
    id: 3,
    why: 'Message lacks "jsonrpc": "2.0"',
  },
  {
    desc: "a version that is a number",
    text: '{"jsonrpc":2.0,"id":3,"method":"a"}',
    id: 3,
    why: 'Message lacks "jsonrpc": "2.0"',
  },
  {
    desc: "a null id",
    text: '{"jsonrpc":"2.0","id":null,"method":"a"}',
    why: '"id" is neither a string nor an integer',
  },
  {
    desc: "a fractional id",
    text: '{"jsonrpc":"2.0","id":1.5,"method":"a"}',
    why: '"id" is neither a string nor an integer',
  },
  {
    desc: "an id that is no number at all",
    text: '{"jsonrpc":"2.0","id":1e400,"method":"a"}',
    why: '"id" is neither a string nor an integer',
  },
  {
    desc: "an object for an id",
    text: '{"jsonrpc":"2.0","id":{},"method":"a"}',
    why: '"id" is neither a string nor an integer',
  },
  {
    desc: "a boolean for an id",
    text: '{"jsonrpc":"2.0","id":true,"method":"a"}',
    why: '"id" is neither a string nor an integer',
  },
  {
    desc: "positional params",
    text: '{"jsonrpc":"2.0","id":"q","method":"a","params":[1]}',
    id: "q",
    why: '"params" is not an object',
  },
  {
    desc: "null params",
    text: '{"jsonrpc":"2.0","id":1,"method":"a","params":null}',
    id: 1,
    why: '"params" is not an object',
  },
  {
    desc: "a number for params",
    text: '{"jsonrpc":"2.0","id":1,"method":"a","params":1e400}',
    id: 1,
    why: '"params" is not an object',
  },
  {
    desc: "a method that is no text",
    text: '{"jsonrpc":"2.0","id":1,"method":7}',
    id: 1,
    why: '"method" is not a string',
  },
  {
    desc: "a null method",
    text: '{"jsonrpc":"2.0","id":1,"method":null}',
    id: 1,
    why: '"method" is not a string',
  },
  {
    desc: "neither method nor outcome",
    text: '{"jsonrpc":"2.0","id":1}',
    id: 1,
    why: 'Message has neither "method" nor "result" nor "error" objects',
  },
  {
    desc: "a result that is no object",
    text: '{"jsonrpc":"2.0","id":1,"result":[]}',
    id: 1,
    why: 'Message has neither "method" nor "result" nor "error" objects',
  },
  {
    desc: "an error that is text",
    text: '{"jsonrpc":"2.0","id":1,"error":"no"}',
    id: 1,
    why: 'Message has neither "method" nor "result" nor "error" objects',
  },
  {
    desc: "both result and error",
    text: '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}',
    id: 1,
    why: 'Response has both "result" and "error"',
  },
  {
    desc: "a result without an id",
    text: '{"jsonrpc":"2.0","result":{}}',
    why: 'Response lacks a string or integer "id"',
  },
  {
    desc: "methods on the prototype only",
    text: '{"jsonrpc":"2.0","__proto__":{"method":"a","id":1}}',
    why: 'Message has neither "method" nor "result" nor "error" objects',
  },
];

for (const { desc, text, why, id } of INVALID) {
  Deno.test(`decodeFrame() refuses ${desc}`, () => {
    assertEquals(decodeFrame(parseJson(text)), { kind: "invalid", id, why });
  });
}

Deno.test("decodeFrame() takes what has a method for a request, whatever else it has", () => {
  const frame = decodeFrame({ jsonrpc: "2.0", id: 1, method: "a", result: {}, extra: 1 });
  assertEquals(frame, { kind: "request", id: 1, method: "a", params: undefined });
});

Deno.test("encodeFrame() writes one line", () => {
  const text = encodeFrame(resultFrame(1, { text: "a\nb\r\u2028\u0000" }));
  assert(!/[\n\r\0]/.test(text));
  assertEquals(parseJson(text), { jsonrpc: "2.0", id: 1, result: { text: "a\nb\r\u2028\u0000" } });
});

Deno.test("errorFrame() and resultFrame() carry what they are given", () => {
  const error = { code: RpcCode.invalidParams, message: "no" };
  assertEquals(errorFrame(undefined, error), {
    kind: "response",
    id: undefined,
    outcome: { error },
  });
  assertEquals(resultFrame("a", {}), { kind: "response", id: "a", outcome: { result: {} } });
});

Deno.test("idKey() tells ids apart as JSON does", () => {
  const ids = ["1", '"1"', "9007199254740993", "9007199254740992", '"__proto__"', '""', "-1"];
  const keys = ids.map((text) => idKey(parseJson(text) as RequestId));
  assertEquals(new Set(keys).size, ids.length);
  assertNotEquals(idKey("a"), idKey("b"));
  assertEquals(idKey(7), idKey(7));
});
