import { assert, assertEquals, assertIsError, assertThrows } from "@std/assert";
import {
  isJsonObject,
  isRawNumber,
  JsonTextError,
  MAX_JSON_DEPTH,
  numberOf,
  parseJson,
} from "../../src/mcp/json.ts";

/** Texts that come out as they went in. */
const KEPT: readonly { readonly desc: string; readonly text: string }[] = [
  { desc: "small integers", text: '{"a":[0,1,-1,42]}' },
  { desc: "the safe range's ends", text: "[9007199254740991,-9007199254740991]" },
  { desc: "integers just beyond it", text: "[9007199254740993,-9007199254740993]" },
  { desc: "the ends of int64", text: "[9223372036854775807,-9223372036854775808]" },
  { desc: "uint64", text: '{"id":18446744073709551615}' },
  { desc: "a hundred digits", text: `[${"1234567890".repeat(10)}]` },
  { desc: "a whole number with a point", text: '{"a":1.0,"b":-7.0}' },
  { desc: "one as the last item", text: '{"a":[2.50]}' },
  { desc: "zeros after the point", text: "[0.10,0.0,0.00]" },
  { desc: "minus zero", text: '{"a":-0,"b":[-0,-0.0]}' },
  { desc: "beyond a double", text: "[1e400,-1E400,1e-400,2E+999]" },
  { desc: "exponents", text: "[1e5,1E5,1.5e+3,0e0,-0e1,12e-2]" },
  { desc: "fractions a double rounds", text: "[0.1234567890123456789,3.14159265358979323846]" },
  { desc: "fractions a double holds", text: "[0.1,3.14,-2.5]" },
  { desc: "digits and exponents in strings", text: '{"id":"12345678901234567890","t":"1e5, -0"}' },
  { desc: "numbers among risky-looking strings", text: '["[1.0]",{":-0,":9007199254740993}]' },
  { desc: "a bare integer beyond the safe range", text: "9007199254740993" },
  { desc: "a bare exponent", text: "1e400" },
  { desc: "a bare whole number with a point", text: "1.0" },
  { desc: "bare minus zero", text: "-0" },
  { desc: "a bare string", text: '"1.0"' },
  { desc: "null", text: "null" },
  { desc: "awkward keys", text: '{"__proto__":{"a":1},"constructor":2,"toString":null}' },
  { desc: "awkward keys beside raw numbers", text: '{"__proto__":{"a":1.0},"constructor":2.0}' },
  { desc: "text beyond ASCII", text: '{"a":"grüß 🌍 \u2028"}' },
  { desc: "half of a surrogate pair", text: '["\\ud800"]' },
];

for (const { desc, text } of KEPT) {
  Deno.test(`parseJson() keeps ${desc}`, () => {
    assertEquals(JSON.stringify(parseJson(text)), text);
  });
}

Deno.test("parseJson() keeps numbers between blanks", () => {
  const spaced = '{ "a" :\t1.0 , "b" : [ -0\n, 1e3 , 9007199254740993 ] }';
  assertEquals(JSON.stringify(parseJson(spaced)), '{"a":1.0,"b":[-0,1e3,9007199254740993]}');
  assertEquals(JSON.stringify(parseJson(' {"a":1.0}')), '{"a":1.0}');
});

Deno.test("parseJson() leaves ordinary numbers numbers", () => {
  const value = parseJson('{"big":9007199254740993,"small":7,"half":0.5,"time":1700000000000}');
  assert(isJsonObject(value) && isRawNumber(value.big));
  assertEquals([value.small, value.half, value.time], [7, 0.5, 1700000000000]);
});

Deno.test("parseJson() makes __proto__ an ordinary key", () => {
  for (const text of ['{"__proto__":{"admin":true}}', '{"__proto__":{"admin":true},"n":1.0}']) {
    const value = parseJson(text) as Record<string, unknown>;
    assert(Object.hasOwn(value, "__proto__"));
    assertEquals(value.admin, undefined);
    assertEquals(Object.getPrototypeOf(value), Object.prototype);
  }
});

const REFUSED: readonly (readonly [desc: string, text: string])[] = [
  ["nothing", ""],
  ["blanks", "  "],
  ["half a document", '{"a":'],
  ["two documents", "{}{}"],
  ["a trailing comma", "[1,]"],
  ["a comment", "{}//"],
  ["NaN", "NaN"],
  ["Infinity", "[Infinity]"],
  ["a leading zero", "[01]"],
  ["a leading plus", "[+1]"],
  ["a bare point", "[1.]"],
  ["single quotes", "{'a':1}"],
  ["a raw newline in a string", '"a\nb"'],
  ["an object one level too deep", '{"a":'.repeat(MAX_JSON_DEPTH + 1) + "1" + "}".repeat(257)],
  ["arrays one level too deep", "[".repeat(MAX_JSON_DEPTH + 1) + "]".repeat(MAX_JSON_DEPTH + 1)],
  ["a bomb of openers", "[".repeat(1_000_000)],
  ["a bomb after a string with brackets", '["]]]]",' + "[".repeat(300) + "]".repeat(301)],
  ["a bomb after an escaped quote", '["\\"",' + "[".repeat(300) + "]".repeat(301)],
];

for (const [desc, text] of REFUSED) {
  Deno.test(`parseJson() refuses ${desc}`, () => {
    assertThrows(() => parseJson(text), JsonTextError);
  });
}

Deno.test("parseJson() takes the deepest nesting allowed, and many brackets side by side", () => {
  const deepest = "[".repeat(MAX_JSON_DEPTH) + "]".repeat(MAX_JSON_DEPTH);
  assertEquals(JSON.stringify(parseJson(deepest)), deepest);
  assertEquals((parseJson(`[${"[],".repeat(5000)}[]]`) as unknown[]).length, 5001);
  const quoted = JSON.stringify(["[".repeat(5000), '\\"{'.repeat(5000)]);
  assertEquals(JSON.stringify(parseJson(quoted)), quoted);
});

Deno.test("parseJson() says why, with the parser's words as the cause", () => {
  const error = assertThrows(() => parseJson("{"), JsonTextError, "Text is not JSON");
  assertIsError(error.cause, SyntaxError);
  assertThrows(() => parseJson("[".repeat(1000)), JsonTextError, "deeper than 256 levels");
});

Deno.test("parseJson() is quick with texts made to be slow", () => {
  const started = performance.now();
  for (
    const text of [
      "[" + " ".repeat(500_000) + "]",
      `["${"1".repeat(500_000)}"]`,
      `["${":-".repeat(250_000)}"]`,
      `["${":1.0 ".repeat(100_000)}"]`,
      `["${":1.".repeat(100_000)}"]`,
    ]
  ) parseJson(text);
  assert(performance.now() - started < 1000);
});

Deno.test("isJsonObject() is true for plain objects only", () => {
  assert(isJsonObject({}) && isJsonObject(parseJson('{"a":1.0}')));
  for (const other of [null, undefined, [], "a", 1, true, parseJson("[1.0]"), parseJson("1e400")]) {
    assert(!isJsonObject(other), String(JSON.stringify(other)));
  }
});

Deno.test("numberOf() reads numbers in either form", () => {
  const values = parseJson('[7,1.0,-0,1e3,1e400,9007199254740993,"7",null,{},true]') as unknown[];
  assertEquals(
    values.map(numberOf),
    [7, 1, -0, 1000, Infinity, 9007199254740992, undefined, undefined, undefined, undefined],
  );
});
