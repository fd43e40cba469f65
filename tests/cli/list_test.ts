import { assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../../src/cli/run.ts";
import { fakeGateway, fakeWorld, view } from "./fakes.ts";

const up = view({
  id: "files",
  pid: 5,
  hidden: [{ kind: "tool", name: "rm", why: "denied by tools.deny" }],
});
const off = view({ id: "old", state: "disabled" });
const down = view({ id: "web", state: "waiting", problem: "Cannot connect" });

Deno.test("list shows every server, what is hidden and why, and ends them again", async () => {
  const gateway = fakeGateway({ views: [up, off] });
  const world = fakeWorld({ gateway });
  assertEquals(await run(["list"], world), 0);
  assertEquals(
    world.stdout(),
    [
      "✓ files  stdio  2025-11-25  1 hidden",
      '    hidden tool "rm": denied by tools.deny',
      "- old    stdio  disabled",
      "",
    ].join("\n"),
  );
  assertEquals(gateway.closed, 1);
  assertEquals(world.listeners.size, 0);
  assertEquals(world.assembled[0]?.config.observability.log.level, "error");
});

Deno.test("list ends with 3 when a server is not up", async () => {
  const world = fakeWorld({ gateway: fakeGateway({ views: [up, down] }) });
  assertEquals(await run(["list"], world), 3);
  assertStringIncludes(world.stdout(), "✗ web    stdio  Cannot connect");
});

Deno.test("list --json is one document", async () => {
  const world = fakeWorld({ gateway: fakeGateway({ views: [up, down] }) });
  assertEquals(await run(["list", "--json"], world), 3);
  const { config, servers } = JSON.parse(world.stdout());
  assertEquals(config, "only1mcp.yaml");
  assertEquals(servers.map(({ state }: { state: string }) => state), ["up", "waiting"]);
});

Deno.test("list ends its servers when interrupted while they start", async () => {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const gateway = fakeGateway({ settled: new Promise(() => {}) });
    const world = fakeWorld({ gateway });
    const exit = run(["list"], world);
    while (world.assembled.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    world.stop(signal);
    assertEquals(await exit, code);
    assertEquals(gateway.closed, 1);
    assertEquals(world.stdout(), "");
  }
});
