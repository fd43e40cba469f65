import { assert, assertEquals } from "@std/assert";
import { LIST_KINDS } from "../../src/mcp/message.ts";
import {
  CACHEABLE_METHODS,
  CALL_METHODS,
  INPUT_METHODS,
  listKindOf,
  LISTS,
  METHOD_CAPABILITY,
} from "../../src/mcp/methods.ts";

Deno.test("the tables of methods agree with each other", () => {
  for (const method of [...INPUT_METHODS, ...METHOD_CAPABILITY.keys()]) {
    assert(CALL_METHODS.has(method), method);
  }
  assertEquals([...CALL_METHODS].toSorted(), [...METHOD_CAPABILITY.keys()].toSorted());
  for (const kind of LIST_KINDS) {
    const { method, key, capability } = LISTS[kind];
    assertEquals(listKindOf(method), kind);
    assertEquals(key, kind);
    assertEquals(METHOD_CAPABILITY.get(method), capability);
    assert(CACHEABLE_METHODS.has(method));
  }
});

Deno.test("listKindOf() knows no other methods", () => {
  for (const method of ["tools/call", "resources/read", "", "constructor"]) {
    assertEquals(listKindOf(method), undefined);
  }
});
