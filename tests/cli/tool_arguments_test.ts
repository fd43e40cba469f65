import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CommandError } from "../../src/cli/exit.ts";
import { readToolArguments } from "../../src/cli/tool_arguments.ts";
import { fakeWorld } from "./fakes.ts";

interface Given {
  readonly desc: string;
  readonly json?: string;
  readonly file?: string;
  readonly pairs?: readonly string[];
}

const RIGHT: readonly (Given & { readonly result: string })[] = [
  { desc: "nothing", result: "{}" },
  { desc: "an object", json: '{"a": [1, "x"]}', result: '{"a":[1,"x"]}' },
  {
    desc: "numbers no JavaScript number can hold",
    json: '{"id": 9007199254740993, "x": 1.10}',
    result: '{"id":9007199254740993,"x":1.10}',
  },
  { desc: "standard input", json: "-", result: '{"from":"input"}' },
  { desc: "a file", file: "args.json", result: '{"from":"file"}' },
  { desc: "standard input as a file", file: "-", result: '{"from":"input"}' },
  {
    desc: "text",
    pairs: ["id=123", "empty=", "eq=a=b"],
    result: '{"id":"123","empty":"","eq":"a=b"}',
  },
  {
    desc: "JSON values",
    pairs: ["n:=12345678901234567890", "list:=[1]", 's:="x"'],
    result: '{"n":12345678901234567890,"list":[1],"s":"x"}',
  },
  {
    desc: "pairs over an object",
    json: '{"a":1,"b":2}',
    pairs: ["b=x"],
    result: '{"a":1,"b":"x"}',
  },
  { desc: "a key that is a builtin's name", pairs: ["__proto__=x"], result: '{"__proto__":"x"}' },
];

const WRONG: readonly (Given & { readonly says: string })[] = [
  { desc: "no JSON", json: "{a: 1}", says: "Argument JSON is not JSON: " },
  { desc: "an array", json: "[1]", says: "Argument JSON must be a JSON object" },
  { desc: "a number", json: "9007199254740993", says: "must be a JSON object" },
  {
    desc: "a file that is not there",
    file: "none.json",
    says: 'Cannot read "none.json": no such file',
  },
  { desc: "a broken file", file: "bad.json", says: 'File "bad.json" is not JSON' },
  { desc: "two sources", json: "{}", file: "args.json", says: "given twice" },
  { desc: "a pair without =", pairs: ["a"], says: "must be KEY=TEXT or KEY:=JSON" },
  { desc: "a pair without a key", pairs: ["=a"], says: "must be KEY=TEXT or KEY:=JSON" },
  { desc: "a pair with broken JSON", pairs: ["a:=b"], says: "Flag --arg a is not JSON" },
];

function read({ json, file, pairs = [] }: Given): Promise<unknown> {
  const files = { "args.json": '{"from": "file"}', "bad.json": "{" };
  const world = fakeWorld({ input: '{"from": "input"}\n', files });
  return readToolArguments({ json, file, pairs }, world);
}

for (const given of RIGHT) {
  Deno.test(`readToolArguments() takes ${given.desc}`, async () => {
    assertEquals(JSON.stringify(await read(given)), given.result);
  });
}

for (const given of WRONG) {
  Deno.test(`readToolArguments() refuses ${given.desc}`, async () => {
    const error = await assertRejects(() => read(given), CommandError);
    assertEquals(error.exit, 64);
    assertStringIncludes(error.message, given.says);
  });
}
