import { assertEquals } from "@std/assert";
import { announce } from "../../src/cli/announce.ts";

function listen(settled: Promise<void>, patienceMs: number) {
  const heard: string[] = [];
  const { promise: isReady, resolve } = Promise.withResolvers<void>();
  const news = announce({ settled }, {
    patienceMs,
    onReady: () => {
      heard.push("ready");
      resolve();
    },
    onSettled: () => heard.push("settled"),
  });
  return { heard, isReady, ...news };
}

Deno.test("announce() is ready when all servers have settled", async () => {
  const { heard, isReady } = listen(Promise.resolve(), 60_000);
  await isReady;
  assertEquals(heard, ["settled", "ready"]);
});

Deno.test("announce() is ready when patience ends, and tells of the rest later", async () => {
  const settled = Promise.withResolvers<void>();
  const { heard, isReady } = listen(settled.promise, 1);
  await isReady;
  assertEquals(heard, ["ready"]);
  settled.resolve();
  await settled.promise;
  assertEquals(heard, ["ready", "settled"]);
});

Deno.test("announce() says nothing once stopped", async () => {
  const settled = Promise.withResolvers<void>();
  const { heard, stop } = listen(settled.promise, 60_000);
  stop();
  settled.resolve();
  await settled.promise;
  assertEquals(heard, []);
});
