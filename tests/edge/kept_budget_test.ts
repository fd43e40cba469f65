import { assertEquals } from "@std/assert";
import { KeptBudget } from "../../src/edge/kept_budget.ts";
import { ResumableStream } from "../../src/edge/resumable_stream.ts";

Deno.test("KeptBudget is relieved to half of what it may hold, the first given up first", () => {
  const streams: ResumableStream[] = [];
  const budget = new KeptBudget(100, (isEnough) => {
    for (const stream of streams) {
      if (isEnough()) return;
      stream.forget();
    }
  });
  for (const name of ["a", "b", "c", "d"]) streams.push(new ResumableStream(name, budget));
  for (const stream of streams) stream.send("x".repeat(30));
  assertEquals(streams.map(({ keptChars }) => keptChars), [0, 0, 0, 30]);
  assertEquals(budget.chars, 30);
});

Deno.test("KeptBudget counts what streams keep, not what they sent", () => {
  const budget = new KeptBudget(Infinity, () => {});
  const stream = new ResumableStream("a", budget);
  for (let n = 0; n < 1500; n++) stream.send("xx");
  assertEquals([budget.chars, stream.keptChars], [2000, 2000]);
  stream.forget();
  stream.forget();
  assertEquals(budget.chars, 0);
});
