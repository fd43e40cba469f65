import { assertEquals } from "@std/assert";
import {
  isPublicName,
  prefixedName,
  qualifiedUri,
  splitName,
  splitUri,
} from "../../src/routing/names.ts";

for (
  const [name, expected] of [
    ["a__b", { server: "a", name: "b" }],
    ["a__b__c", { server: "a", name: "b__c" }],
    ["a___b", { server: "a", name: "_b" }],
    ["a____", { server: "a", name: "__" }],
    ["my-files__", { server: "my-files", name: "" }],
    ["a_b", undefined],
    ["__b", undefined],
    ["__proto__", undefined],
    ["", undefined],
  ] as const
) {
  Deno.test(`splitName() takes "${name}" apart as ${JSON.stringify(expected)}`, () => {
    assertEquals(splitName(name), expected);
  });
}

for (const name of ["b", "_b", "b__c", "__proto__", "a b", "é"]) {
  Deno.test(`splitName() undoes prefixedName() of "${name}"`, () => {
    assertEquals(splitName(prefixedName("my-files", name)), { server: "my-files", name });
  });
}

for (
  const [name, expected] of [
    ["a", true],
    ["A.b_c-9", true],
    ["constructor", true],
    ["__proto__", true],
    ["x".repeat(128), true],
    ["x".repeat(129), false],
    ["", false],
    ["a b", false],
    ["a/b", false],
    ["a:b", false],
    ["é", false],
    ["a\n", false],
    ["\ud83d\ude00", false],
  ] as const
) {
  Deno.test(`isPublicName() says ${expected} of ${JSON.stringify(name.slice(0, 20))}`, () => {
    assertEquals(isPublicName(name), expected);
  });
}

for (
  const [uri, expected] of [
    ["only1mcp+a:file:///x", { server: "a", uri: "file:///x" }],
    ["only1mcp+my-files:x:{+path}", { server: "my-files", uri: "x:{+path}" }],
    ["only1mcp+a:only1mcp+b:c", { server: "a", uri: "only1mcp+b:c" }],
    ["only1mcp+a:two\nlines", { server: "a", uri: "two\nlines" }],
    ["only1mcp+a:", undefined],
    ["only1mcp+:x", undefined],
    ["only1mcp+A:x", undefined],
    ["only1mcp+-a:x", undefined],
    ["only1mcp+a__b:x", undefined],
    ["ONLY1MCP+a:x", undefined],
    ["only1mcp:x", undefined],
    ["file:///only1mcp+a:x", undefined],
  ] as const
) {
  Deno.test(`splitUri() takes ${JSON.stringify(uri)} apart as ${JSON.stringify(expected)}`, () => {
    assertEquals(splitUri(uri), expected);
    if (expected !== undefined) assertEquals(qualifiedUri(expected.server, expected.uri), uri);
  });
}
