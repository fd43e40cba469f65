import { assertEquals } from "@std/assert";
import { decodeBatch } from "../../src/edge/batch.ts";

const ping = (id: unknown) => ({ jsonrpc: "2.0", id, method: "ping" });
const NEWS = { jsonrpc: "2.0", method: "notifications/initialized" };
const ANSWER = { jsonrpc: "2.0", id: 1, result: {} };
const TWICE = "Batch repeats an id or holds initialize";

for (
  const { desc, values, expected } of [
    { desc: "messages of all kinds", values: [ping(1), NEWS, ANSWER], expected: 3 },
    { desc: "ids that only look alike", values: [ping(1), ping("1")], expected: 2 },
    { desc: "a hundred", values: Array.from({ length: 100 }, (_, n) => ping(n)), expected: 100 },
    {
      desc: "one more than that",
      values: Array.from({ length: 101 }, (_, n) => ping(n)),
      expected: "Batch has more than 100 messages",
    },
    { desc: "nothing", values: [], expected: "Batch is empty" },
    { desc: "a batch in a batch", values: [[ping(1)]], expected: "Message is not a JSON object" },
    { desc: "an id twice", values: [ping(1), NEWS, ping(1)], expected: TWICE },
    { desc: "initialize", values: [{ ...ping(1), method: "initialize" }], expected: TWICE },
    {
      desc: "one message that is none",
      values: [ping(1), { id: 2, method: "ping" }],
      expected: 'Message lacks "jsonrpc": "2.0"',
    },
  ]
) {
  Deno.test(`decodeBatch() judges ${desc}`, () => {
    const frames = decodeBatch(values);
    assertEquals(typeof frames === "string" ? frames : frames.length, expected);
  });
}
