import { assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../../src/cli/run.ts";
import { fakeGateway, fakeWorld, view } from "./fakes.ts";

Deno.test("stdio writes the protocol and nothing else to standard output", async () => {
  const gateway = fakeGateway();
  const world = fakeWorld({
    gateway,
    input: "ping\n",
    async serveStdio(served, { input, write }, log) {
      assertEquals(served, gateway);
      log.warn("A line of the log");
      await write(`got ${await new Response(input).text()}`);
    },
  });
  assertEquals(await run(["stdio"], world), 0);
  await world.err.written();
  assertEquals(world.stdout(), "got ping\n");
  assertStringIncludes(world.stderr(), "A line of the log");
  assertEquals(gateway.closed, 1);
  assertEquals(world.listeners.size, 0);
});

Deno.test("stdio ends in order on a signal, and at once on the second", async () => {
  for (const [count, code, killed] of [[1, 0, []], [2, 130, [7]]] as const) {
    const isServing = Promise.withResolvers<void>();
    const gateway = fakeGateway({ views: [view({ id: "a", pid: 7 })] });
    if (count === 2) gateway.close = () => new Promise(() => {});
    const world = fakeWorld({
      gateway,
      serveStdio() {
        isServing.resolve();
        return new Promise(() => {});
      },
    });
    const exit = run(["stdio"], world);
    await isServing.promise;
    for (let i = 0; i < count; i++) world.stop("SIGINT");
    assertEquals(await exit, code);
    assertEquals(world.killed, [...killed]);
    assertEquals(world.stdout(), "");
  }
});
