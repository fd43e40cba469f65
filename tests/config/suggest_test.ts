import { assertEquals } from "@std/assert";
import { suggest } from "../../src/config/suggest.ts";

Deno.test("suggest() names what is close and nothing else", () => {
  const names = ["host", "port", "max_request_size_bytes", "tools", "id"];
  const cases = [
    { word: "prot", expected: "port" },
    { word: "Port", expected: "port" },
    { word: "ports", expected: "port" },
    { word: "maxRequestSizeBytes", expected: "max_request_size_bytes" },
    { word: "max-request-size", expected: "max_request_size_bytes" },
    { word: "tool", expected: "tools" },
    { word: "ids", expected: "id" },
    { word: "xy", expected: undefined },
    { word: "logging", expected: undefined },
    { word: "", expected: undefined },
    { word: "x".repeat(100_000), expected: undefined },
  ];
  for (const { word, expected } of cases) assertEquals(suggest(word, names), expected, word);
  assertEquals(suggest("a", []), undefined);
});
