import { assertEquals } from "@std/assert";
import { StderrTail, stripColours } from "../../src/backends/stderr_tail.ts";

Deno.test("StderrTail keeps the last twenty lines", () => {
  const tail = new StderrTail();
  assertEquals([tail.lines, tail.lastLine], [[], undefined]);
  for (let n = 1; n <= 25; n++) tail.add(`line ${n}`);
  assertEquals(tail.lines.length, 20);
  assertEquals([tail.lines[0], tail.lastLine], ["line 6", "line 25"]);
});

const LINES: readonly (readonly [desc: string, line: string, kept: readonly string[]])[] = [
  ["an empty line", "", []],
  ["blanks", "   ", []],
  ["nothing but colours", "\x1b[31m\x1b[0m", []],
  ["colours", "\x1b[1;31mError\x1b[0m: no", ["Error: no"]],
  ["blanks at the end", "a  ", ["a"]],
  ["a line that never ends", "x".repeat(10_000), ["x".repeat(500)]],
  ["commands to the terminal", "a\x1b[2Jb\x9bc\x07", ["a\\u001b[2Jb\\u009bc\\u0007"]],
];

for (const [desc, line, kept] of LINES) {
  Deno.test(`StderrTail makes safe to print: ${desc}`, () => {
    const tail = new StderrTail();
    tail.add(line);
    assertEquals(tail.lines, kept);
  });
}

Deno.test("stripColours() takes out colours and nothing else", () => {
  assertEquals(stripColours("\x1b[mA\x1b[38;5;1mB[1m\x1b[2JC"), "AB[1m\x1b[2JC");
});
