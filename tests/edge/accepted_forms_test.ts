import { assertEquals } from "@std/assert";
import { acceptedForms } from "../../src/edge/accepted_forms.ts";

for (
  const [accept, json, sse] of [
    [null, true, false],
    ["*/*", true, true],
    ["text/html, */*;q=0.8", true, true],
    ["application/json, text/event-stream", true, true],
    ["Application/JSON;q=0.9,Text/Event-Stream", true, true],
    ["application/json", true, false],
    ["application/*", true, false],
    ["text/event-stream", false, true],
    ["text/*", false, true],
    ["text/html", false, false],
    ["", false, false],
  ] as const
) {
  Deno.test(`acceptedForms() reads ${JSON.stringify(accept)}`, () => {
    assertEquals(acceptedForms(accept), { json, sse });
  });
}
