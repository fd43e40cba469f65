import { assertEquals } from "@std/assert";
import { Patience } from "../../src/edge/patience.ts";

Deno.test("Patience tells those who wait too long, once, and nobody else", async () => {
  const patience = new Patience(20);
  const late: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  patience.add(() => late.push("first"));
  const served = patience.add(() => late.push("served"));
  patience.remove(served);
  patience.add(() => {
    late.push("last");
    resolve();
  });
  await promise;
  assertEquals(late, ["first", "last"]);
  patience.close();
});

Deno.test("Patience.close() forgets who waits and leaves no timer", () => {
  const patience = new Patience(60_000);
  patience.add(() => {
    throw new Error("told after close");
  });
  patience.remove(undefined);
  patience.close();
});
