import { assert, assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import { parseJson } from "../../src/mcp/json.ts";
import {
  decodeHeaderValue,
  encodeHeaderValue,
  type HeaderParam,
  headerParams,
  paramHeaderMismatch,
  paramHeaders,
} from "../../src/mcp/param_headers.ts";

// The first five are the examples of 2026-07-28 basic/transports/streamable-http, Value Encoding.
const VALUES: readonly (readonly [desc: string, text: string, header: string])[] = [
  ["plain ASCII", "us-west1", "us-west1"],
  ["non-ASCII", "Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="],
  ["blanks around", " padded ", "=?base64?IHBhZGRlZCA=?="],
  ["a newline", "line1\nline2", "=?base64?bGluZTEKbGluZTI=?="],
  ["the sentinel itself", "=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="],
  ["nothing", "", ""],
  ["one character", "a", "a"],
  ["blanks and tabs inside", "a b\tc", "a b\tc"],
  ["a blank", " ", "=?base64?IA==?="],
  ["a trailing tab", "a\t", "=?base64?YQk=?="],
  ["an injected header", "a\r\nX-Evil: 1", "=?base64?YQ0KWC1FdmlsOiAx?="],
  ["a trailing newline", "a\n", "=?base64?YQo=?="],
  ["a NUL", "a\0b", "=?base64?YQBi?="],
  ["DEL", "a\x7f", "=?base64?YX8=?="],
  ["Latin-1", "é", "=?base64?w6k=?="],
  ["a byte order mark", "\ufeffa", "=?base64?77u/YQ==?="],
  ["an emoji", "🌍", "=?base64?8J+MjQ==?="],
  ["half a sentinel", "=?base64?abc", "=?base64?abc"],
  ["the other half", "abc?=", "abc?="],
  ["a sentinel in capitals", "=?BASE64?YQ==?=", "=?BASE64?YQ==?="],
  ["a sentinel around nothing", "=?base64??=", "=?base64?PT9iYXNlNjQ/Pz0=?="],
  ["a sentinel too short for two marks", "=?base64?=", "=?base64?PT9iYXNlNjQ/PQ==?="],
];

for (const [desc, text, header] of VALUES) {
  Deno.test(`encodeHeaderValue() and decodeHeaderValue() carry ${desc}`, () => {
    assertEquals(encodeHeaderValue(text), header);
    assertEquals(decodeHeaderValue(header), text);
  });
}

Deno.test("encodeHeaderValue() never lets out what a header may not hold", () => {
  for (let code = 0; code < 0x180; code++) {
    for (const text of [String.fromCharCode(code), `a${String.fromCharCode(code)}b`]) {
      const header = encodeHeaderValue(text);
      assertMatch(header, /^([\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?)?$/);
      assertEquals(decodeHeaderValue(header), text);
    }
  }
});

const MALFORMED: readonly (readonly [desc: string, header: string])[] = [
  ["what is not Base64", "=?base64?***?="],
  ["Base64 without padding", "=?base64?SGVsbG8sIOS4lueVjA?="],
  ["Base64 with bits left over", "=?base64?YR==?="],
  ["the URL alphabet", "=?base64?8J-MjQ==?="],
  ["what is not UTF-8", "=?base64?/w==?="],
  ["an encoded surrogate", "=?base64?7aCA?="],
  ["raw non-ASCII", "Hello, 世界"],
  ["Latin-1 bytes", "\u00e9"],
  ["a control character", "a\x01"],
  ["a newline", "a\nb"],
];

for (const [desc, header] of MALFORMED) {
  Deno.test(`decodeHeaderValue() refuses ${desc}`, () => {
    assertEquals(decodeHeaderValue(header), undefined);
  });
}

const region = { type: "string", "x-mcp-header": "Region" };

const VALID: readonly {
  readonly desc: string;
  readonly schema: unknown;
  readonly found: readonly (readonly [string, readonly string[], HeaderParam["type"]])[];
}[] = [
  { desc: "nothing without a schema", schema: undefined, found: [] },
  { desc: "nothing in a schema that is no object", schema: true, found: [] },
  {
    desc: "nothing in a schema without annotations",
    schema: { type: "object", properties: { a: { type: "string" } } },
    found: [],
  },
  {
    desc: "an annotated property",
    schema: { type: "object", properties: { region, query: { type: "string" } } },
    found: [["Mcp-Param-Region", ["region"], "string"]],
  },
  {
    desc: "all three types, nested objects, and the order of the schema",
    schema: {
      properties: {
        z: { type: "boolean", "x-mcp-header": "Z" },
        a: { type: "object", properties: { b: { type: "integer", "x-mcp-header": "B" } } },
      },
    },
    found: [["Mcp-Param-Z", ["z"], "boolean"], ["Mcp-Param-B", ["a", "b"], "integer"]],
  },
  {
    desc: "properties with names of keywords",
    schema: {
      properties: {
        properties: {
          type: "object",
          properties: { default: { type: "string", "x-mcp-header": "D" } },
        },
        enum: { type: "string", "x-mcp-header": "E" },
        items: { type: "string", "x-mcp-header": "I" },
        "x-mcp-header": { type: "string" },
      },
    },
    found: [
      ["Mcp-Param-D", ["properties", "default"], "string"],
      ["Mcp-Param-E", ["enum"], "string"],
      ["Mcp-Param-I", ["items"], "string"],
    ],
  },
  {
    desc: "a property named __proto__",
    schema: parseJson('{"properties":{"__proto__":{"type":"string","x-mcp-header":"P"}}}'),
    found: [["Mcp-Param-P", ["__proto__"], "string"]],
  },
  {
    desc: "nothing in data that looks like a schema",
    schema: {
      properties: {
        a: { type: "object", default: { "x-mcp-header": "A" }, enum: [{ "x-mcp-header": "B" }] },
      },
      examples: [{ properties: { a: { "x-mcp-header": "C" } } }],
      const: { "x-mcp-header": "D" },
    },
    found: [],
  },
  {
    desc: "every character a header name may have",
    schema: { properties: { a: { type: "string", "x-mcp-header": "!#$%&'*+-.^_`|~09azAZ" } } },
    found: [["Mcp-Param-!#$%&'*+-.^_`|~09azAZ", ["a"], "string"]],
  },
];

for (const { desc, schema, found } of VALID) {
  Deno.test(`headerParams() finds ${desc}`, () => {
    assertEquals(
      headerParams(schema),
      found.map(([header, path, type]) => ({ header, path, type })),
    );
  });
}

const property = (annotation: unknown, type: unknown = "string") => ({
  properties: { a: { type, "x-mcp-header": annotation } },
});

const INVALID: readonly (readonly [desc: string, schema: unknown, why: string])[] = [
  ["an empty name", property(""), "is not a header name"],
  ["a blank in the name", property("My Region"), "is not a header name"],
  ["a colon in the name", property("a:b"), "is not a header name"],
  ["a newline in the name", property("a\r\nb"), "is not a header name"],
  ["a trailing newline", property("a\n"), "is not a header name"],
  ["non-ASCII in the name", property("Région"), "is not a header name"],
  ["a name that is no text", property(7), "is not a header name"],
  ["a null name", property(null), "is not a header name"],
  ["a number", property("A", "number"), "neither string, integer nor boolean"],
  ["an object", property("A", "object"), "neither string, integer nor boolean"],
  ["an array", property("A", "array"), "neither string, integer nor boolean"],
  ["several types", property("A", ["string", "null"]), "neither string, integer nor boolean"],
  [
    "no type",
    { properties: { a: { "x-mcp-header": "A" } } },
    "neither string, integer nor boolean",
  ],
  ["the same name twice", { properties: { a: region, b: region } }, "occurs twice"],
  [
    "names that differ in case",
    { properties: { a: region, b: { type: "string", "x-mcp-header": "REGION" } } },
    "occurs twice",
  ],
  ["the root", { type: "string", "x-mcp-header": "A" }, "not on a plain property"],
  ...["items", "additionalProperties", "not", "if", "then", "else", "contains", "x-unknown"].map(
    (keyword) =>
      [
        `${keyword}`,
        { properties: { a: { [keyword]: region } } },
        "not on a plain property",
      ] as const,
  ),
  ...["oneOf", "anyOf", "allOf", "prefixItems"].map(
    (keyword) =>
      [
        `${keyword}`,
        { [keyword]: [{}, { properties: { a: region } }] },
        "not on a plain property",
      ] as const,
  ),
  ...["$defs", "definitions", "patternProperties", "dependentSchemas"].map(
    (keyword) => [`${keyword}`, { [keyword]: { a: region } }, "not on a plain property"] as const,
  ),
  [
    "properties below items",
    { properties: { a: { type: "array", items: { properties: { b: region } } } } },
    "not on a plain property",
  ],
];

for (const [desc, schema, why] of INVALID) {
  Deno.test(`headerParams() refuses an annotation: ${desc}`, () => {
    const problem = headerParams(schema);
    assert(typeof problem === "string" && problem.includes(why), JSON.stringify(problem));
  });
}

Deno.test("headerParams() refuses a schema made to overflow the stack", () => {
  let schema: unknown = region;
  for (let depth = 0; depth < 100_000; depth++) schema = { properties: { a: schema } };
  assertEquals(headerParams(schema), "Schema is nested deeper than 64 levels");
});

Deno.test("headerParams() remembers what it found in a schema", () => {
  const schema = { properties: { region } };
  assertStrictEquals(headerParams(schema), headerParams(schema));
});

const params = headerParams({
  properties: {
    text: { type: "string", "x-mcp-header": "Text" },
    count: { type: "integer", "x-mcp-header": "Count" },
    flag: { type: "boolean", "x-mcp-header": "Flag" },
    deep: { type: "object", properties: { er: { type: "string", "x-mcp-header": "Deep" } } },
  },
});
assert(typeof params !== "string");

const MIRRORED: readonly {
  readonly desc: string;
  readonly args: string;
  readonly headers: Readonly<Record<string, string>>;
}[] = [
  { desc: "nothing of nothing", args: "null", headers: {} },
  { desc: "nothing of arguments that are no object", args: "[1]", headers: {} },
  {
    desc: "values of all types",
    args: '{"text":"a","count":-7,"flag":false,"deep":{"er":"x"},"other":1}',
    headers: {
      "Mcp-Param-Text": "a",
      "Mcp-Param-Count": "-7",
      "Mcp-Param-Flag": "false",
      "Mcp-Param-Deep": "x",
    },
  },
  {
    desc: "no nulls, no objects, no lists",
    args: '{"text":null,"count":{},"flag":[],"deep":"x"}',
    headers: {},
  },
  { desc: "an empty text", args: '{"text":""}', headers: { "Mcp-Param-Text": "" } },
  {
    desc: "text beyond ASCII",
    args: '{"text":"é"}',
    headers: { "Mcp-Param-Text": "=?base64?w6k=?=" },
  },
  {
    desc: "integers in decimal, however written",
    args: '{"count":42.0}',
    headers: { "Mcp-Param-Count": "42" },
  },
  { desc: "exponents in decimal", args: '{"count":1e3}', headers: { "Mcp-Param-Count": "1000" } },
  { desc: "minus zero as zero", args: '{"count":-0}', headers: { "Mcp-Param-Count": "0" } },
  {
    desc: "integers beyond the safe range digit for digit",
    args: '{"count":9007199254740993}',
    headers: { "Mcp-Param-Count": "9007199254740993" },
  },
];

for (const { desc, args, headers } of MIRRORED) {
  Deno.test(`paramHeaders() mirrors ${desc}`, () => {
    const parsed = parseJson(args);
    assertEquals(paramHeaders(params, parsed), headers);
    assertEquals(paramHeaderMismatch(params, parsed, (name) => headers[name]), undefined);
  });
}

Deno.test("paramHeaders() reads own properties only", () => {
  const inherited = headerParams({
    properties: { constructor: { type: "string", "x-mcp-header": "C" } },
  });
  assert(typeof inherited !== "string");
  assertEquals(paramHeaders(inherited, {}), {});
  assertEquals(paramHeaders(inherited, { constructor: "x" }), { "Mcp-Param-C": "x" });
});

const COMPARED: readonly {
  readonly desc: string;
  readonly args: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly problem?: string;
}[] = [
  { desc: "nothing on either side", args: "{}", headers: {} },
  { desc: "other headers", args: "{}", headers: { "Mcp-Param-Other": "1" } },
  {
    desc: "a missing header",
    args: '{"text":"a"}',
    headers: {},
    problem: 'Mcp-Param-Text is missing, but the arguments have "text"',
  },
  {
    desc: "a header without a value",
    args: "{}",
    headers: { "Mcp-Param-Deep": "a" },
    problem: 'Mcp-Param-Deep is sent, but the arguments have no "deep.er"',
  },
  {
    desc: "a header for null",
    args: '{"text":null}',
    headers: { "Mcp-Param-Text": "null" },
    problem: 'Mcp-Param-Text is sent, but the arguments have no "text"',
  },
  {
    desc: "another value",
    args: '{"text":"a"}',
    headers: { "Mcp-Param-Text": "A" },
    problem: 'Mcp-Param-Text does not match "text" in the arguments',
  },
  {
    desc: "plain text in Base64",
    args: '{"text":"a"}',
    headers: { "Mcp-Param-Text": "=?base64?YQ==?=" },
  },
  {
    desc: "broken Base64",
    args: '{"text":"a"}',
    headers: { "Mcp-Param-Text": "=?base64?YQ?=" },
    problem: "Mcp-Param-Text is not a valid header value",
  },
  {
    desc: "text that is the sentinel, sent plain",
    args: '{"text":"=?base64?YQ==?="}',
    headers: { "Mcp-Param-Text": "=?base64?YQ==?=" },
    problem: 'Mcp-Param-Text does not match "text" in the arguments',
  },
  { desc: "an integer with a point", args: '{"count":42}', headers: { "Mcp-Param-Count": "42.0" } },
  {
    desc: "an integer with a point in the arguments",
    args: '{"count":42.0}',
    headers: { "Mcp-Param-Count": "42" },
  },
  {
    desc: "an integer with leading zeros",
    args: '{"count":42}',
    headers: { "Mcp-Param-Count": "042" },
  },
  {
    desc: "another integer",
    args: '{"count":42}',
    headers: { "Mcp-Param-Count": "43" },
    problem: 'Mcp-Param-Count does not match "count" in the arguments',
  },
  {
    desc: "an integer in hexadecimal",
    args: '{"count":42}',
    headers: { "Mcp-Param-Count": "0x2a" },
    problem: 'Mcp-Param-Count does not match "count" in the arguments',
  },
  {
    desc: "blanks for zero",
    args: '{"count":0}',
    headers: { "Mcp-Param-Count": "" },
    problem: 'Mcp-Param-Count does not match "count" in the arguments',
  },
  {
    desc: "zero for an empty text",
    args: '{"count":""}',
    headers: { "Mcp-Param-Count": "0" },
    problem: 'Mcp-Param-Count does not match "count" in the arguments',
  },
  {
    desc: "different integers that are the same double",
    args: '{"count":9007199254740993}',
    headers: { "Mcp-Param-Count": "9007199254740992" },
    problem: 'Mcp-Param-Count does not match "count" in the arguments',
  },
  {
    desc: "a number in a text compared as text",
    args: '{"text":"42"}',
    headers: { "Mcp-Param-Text": "42.0" },
    problem: 'Mcp-Param-Text does not match "text" in the arguments',
  },
  {
    desc: "a boolean in capitals",
    args: '{"flag":true}',
    headers: { "Mcp-Param-Flag": "True" },
    problem: 'Mcp-Param-Flag does not match "flag" in the arguments',
  },
];

for (const { desc, args, headers, problem } of COMPARED) {
  Deno.test(`paramHeaderMismatch() with ${desc}`, () => {
    assertEquals(paramHeaderMismatch(params, parseJson(args), (name) => headers[name]), problem);
  });
}
