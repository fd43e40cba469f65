import { assertEquals } from "@std/assert";
import { nameFilter } from "../../src/routing/patterns.ts";

const CASES: readonly { pattern: string; yes: readonly string[]; no: readonly string[] }[] = [
  { pattern: "*", yes: ["", "a", "*"], no: [] },
  { pattern: "read", yes: ["read"], no: ["", "reads", "Read", "a read"] },
  { pattern: "read_*", yes: ["read_", "read_file"], no: ["read", "a_read_file"] },
  { pattern: "*_file", yes: ["_file", "read_file"], no: ["read_files"] },
  { pattern: "a*b*c", yes: ["abc", "aXbYc", "abbcbc"], no: ["acb", "ab", "abcd"] },
  { pattern: "tool_?", yes: ["tool_1", "tool_?"], no: ["tool_", "tool_12"] },
  { pattern: "?*?", yes: ["ab", "abc"], no: ["", "a"] },
  { pattern: "a.c", yes: ["a.c"], no: ["abc"] },
  { pattern: "", yes: [""], no: ["a"] },
];

for (const { pattern, yes, no } of CASES) {
  Deno.test(`nameFilter() takes "${pattern}" for what the example says`, () => {
    const allows = nameFilter({ allow: [pattern], deny: [] });
    const denies = nameFilter({ allow: ["*"], deny: [pattern] });
    for (const name of yes) assertEquals([allows(name), denies(name)], [true, false], name);
    for (const name of no) assertEquals([allows(name), denies(name)], [false, true], name);
  });
}

Deno.test("nameFilter() is not slowed down by a pattern made for it", () => {
  const allows = nameFilter({ allow: [`${"*a".repeat(50)}b`], deny: [] });
  assertEquals(allows("a".repeat(20_000)), false);
});
