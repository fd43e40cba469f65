import { assertEquals } from "@std/assert";
import { readDocument } from "../../src/config/document.ts";
import { formatProblem } from "../../src/config/problems.ts";

const SYNTAX = [
  {
    desc: "a tab",
    text: "a:\n\tb: 1\n",
    expected: ["2:1: A tab is used as indentation: expected spaces"],
  },
  {
    desc: "every tab and every repeated key",
    text: "a:\n\tb: 1\n\tc: 1\na: 2\n",
    expected: [
      "2:1: A tab is used as indentation: expected spaces",
      "3:1: A tab is used as indentation: expected spaces",
      '4:1: Key "a" is given twice: expected each key once',
    ],
  },
  {
    desc: "a quoted repeated key",
    text: '{"a b": 1, "a b": 2}',
    expected: ['1:12: Key "a b" is given twice: expected each key once'],
  },
  {
    desc: "a bracket left open, once",
    text: "a: [1,\nb: {c: 1\n",
    expected: [
      "2:1: Indentation does not fit: expected the column of the lines around it, and every bracket closed",
    ],
  },
  {
    desc: "a quote left open",
    text: 'a: "b\n',
    expected: ["2:1: A quote opened before this place is not closed: expected it closed"],
  },
  {
    desc: "a colon in a value",
    text: "a: b: c\n",
    expected: [
      '1:4: A value contains ": ": expected quotes around it, or its keys on lines of their own',
    ],
  },
  {
    desc: "a line that is no key",
    text: "a: 1\nsecret\nb: 1\n",
    expected: [
      "2:1: A line is neither a key with a value nor part of the value before it: expected key: value",
    ],
  },
  {
    desc: "two documents",
    text: "a: 1\n---\nb: 1\n",
    expected: ["2:1: A second document begins: expected one document without another ---"],
  },
  {
    desc: "a reserved character",
    text: "a: @b\n",
    expected: [
      '1:4: A value starts with a reserved character: expected quotes around it, "like this"',
    ],
  },
  {
    desc: "tags",
    text: "a: !secret b\nc: !!binary d\n",
    expected: [
      "1:4: Tags (!name) are not supported: expected a plain value",
      "2:4: Tags (!name) are not supported: expected a plain value",
    ],
  },
  {
    desc: "a substitution without quotes in a flow mapping",
    text: "a: {b: ${C}}\n",
    expected: [
      '1:9: Something stands where nothing can follow: expected the end of the value before it. Inside {…} and […], put quotes around "${VAR}"',
    ],
  },
  {
    desc: "an alias without an anchor",
    text: "a: *b\n",
    expected: [
      "1:1: Aliases cannot be resolved: expected each to follow its anchor, and not too many",
    ],
  },
  {
    desc: "an alias inside its own anchor",
    text: "a: &b {c: [*b, *b]}\n",
    expected: ["1:1: Nested too deeply: expected at most 32 levels"],
  },
  {
    desc: "aliases that multiply",
    text: [
      "a0: &a0 [x, x, x, x]",
      ...range(1, 9).map((n) => `a${n}: &a${n} [${Array(9).fill(`*a${n - 1}`).join(", ")}]`),
    ].join("\n"),
    expected: [
      "1:1: Aliases cannot be resolved: expected each to follow its anchor, and not too many",
    ],
  },
  {
    desc: "deep nesting",
    text: "[".repeat(40) + "]".repeat(40),
    expected: ["1:1: Nested too deeply: expected at most 32 levels"],
  },
];

for (const { desc, text, expected } of SYNTAX) {
  Deno.test(`readDocument() reports ${desc} with its place`, () => {
    const { problems } = readDocument(text, { source: "c" });
    assertEquals(problems.map((problem) => formatProblem(problem).slice("c:".length)), expected);
  });
}

Deno.test("readDocument() survives a file of brackets", () => {
  const { problems } = readDocument("[".repeat(500_000), { source: "c" });
  assertEquals(problems.length, 1);
});

Deno.test("readDocument() repeats nothing of the text, which may be a secret", () => {
  for (
    const secret of [
      "`hunter2",
      "%hunter2",
      '"a" hunter2',
      "[hunter2",
      "*hunter2",
      "!hunter2 x",
      "|hunter2",
      '"\\hunter2"',
      "&hunter2 &hunter2 x",
      "- hunter2: - x",
      "{hunter2}}",
    ]
  ) {
    for (const text of [secret, `a: ${secret}`, `a:\n  b: ${secret}\n c: 1`]) {
      const { problems } = readDocument(text, { source: "c" });
      assertEquals(
        problems.filter((problem) => formatProblem(problem).includes("hunter2")),
        [],
        text,
      );
    }
  }
});

Deno.test("readDocument() keeps the rest of a file in which a key is given twice", () => {
  const { tree } = readDocument("a: 1\na: 2\nb: 3\n", { source: "c" });
  assertEquals(tree, { a: 2, b: 3 });
});

Deno.test("readDocument() finds keys, values and what surrounds what is missing", () => {
  const text = `top:
  list:
    - name: x
      value: "y"
    - &anchor {flow: [1, 2]}
  alias: *anchor
  empty:
1: number
`;
  const { where } = readDocument(text, { source: "c" });
  const cases = [
    { path: [], place: [1, 1] },
    { path: ["top"], place: [1, 1] },
    { path: ["top", "list"], place: [2, 3] },
    { path: ["top", "list", 0], place: [3, 7] },
    { path: ["top", "list", 0, "value"], place: [4, 14] },
    { path: ["top", "list", 0, "value"], part: "key", place: [4, 7] },
    { path: ["top", "list", 0, "missing"], place: [3, 7] },
    { path: ["top", "list", 1, "flow", 1], place: [5, 26] },
    { path: ["top", "list", 7], place: [2, 3] },
    { path: ["top", "alias", "flow", 0], place: [5, 23] },
    { path: ["top", "alias"], place: [6, 10] },
    { path: ["top", "empty"], place: [7, 3] },
    { path: ["top", "empty", "deeper"], place: [7, 3] },
    { path: ["1"], place: [8, 4] },
    { path: ["none", "at", "all"], place: [1, 1] },
  ] as const;
  for (const { path, place, ...rest } of cases) {
    const { line, column } = where(path, "part" in rest ? rest.part : undefined);
    assertEquals([line, column], [...place], JSON.stringify(path));
  }
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
