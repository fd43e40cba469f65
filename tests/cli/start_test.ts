import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { run } from "../../src/cli/run.ts";
import { fakeDoor, fakeGateway, type FakeWorld, fakeWorld, view } from "./fakes.ts";

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Waits for what a person sees before typing Ctrl+C. */
async function untilReady(world: FakeWorld): Promise<void> {
  await until(() => world.stderr().includes("Ctrl+C stops it"));
}

const VIEWS = [
  view({
    id: "files",
    pid: 11,
    counts: { tools: 3, prompts: 0, resources: 1, resourceTemplates: 0 },
  }),
  view({
    id: "web",
    transport: "streamable_http",
    state: "waiting",
    protocolVersion: undefined,
    problem: "Cannot connect: connection refused",
  }),
];

Deno.test("start shows each server as its state settles, then where and how to connect", async () => {
  const settled = Promise.withResolvers<void>();
  const gateway = fakeGateway({ views: VIEWS, settled: settled.promise });
  const world = fakeWorld({ gateway });
  const exit = run(["start"], world);
  await until(() => world.assembled.length === 1);
  const deps = world.assembled[0]!.deps;
  await until(() => world.stdout() !== "");
  assertEquals(world.stdout(), "Listening on http://127.0.0.1:4321/mcp\n");

  deps.onState?.(view({ id: "files", state: "starting" }));
  deps.onState?.(view({ id: "files", pid: 11 }));
  deps.onState?.(VIEWS[0]!);
  await until(() => world.stderr().includes("✓"));
  assertEquals(world.stderr().includes("✗"), false);
  settled.resolve();
  await untilReady(world);
  world.stop("SIGTERM");
  assertEquals(await exit, 0);
  await world.err.written();

  const lines = world.stderr().split("\n");
  assertMatch(lines[0] ?? "", /^Only1MCP \d+\.\d+\.\d+ {2}only1mcp\.yaml {2}2 servers$/);
  const files = "  ✓ files  stdio            2025-11-25  3 tools, 1 resource  (pid 11)";
  assertEquals(lines.filter((line) => line === files).length, 1);
  assertStringIncludes(
    world.stderr(),
    "  ✗ web    streamable_http  Cannot connect: connection refused",
  );
  assertStringIncludes(world.stderr(), "hint: Nothing listens there");
  assertStringIncludes(
    world.stderr(),
    "Ready: http://127.0.0.1:4321/mcp  (1 server down, to be tried again)",
  );
  assertStringIncludes(world.stderr(), "Stopping: waiting up to 10 s");
  assertEquals(world.stderr().includes("\u001b"), false);
  assertEquals(gateway.closed, 1);
  assertEquals(world.killed, []);
  assertEquals(world.listeners.size, 0);
});

Deno.test("start shows what a starting server is busy with, without where from", async () => {
  const settled = Promise.withResolvers<void>();
  const world = fakeWorld({ gateway: fakeGateway({ views: VIEWS, settled: settled.promise }) });
  const exit = run(["start"], world);
  await until(() => world.stdout() !== "");
  const { deps } = world.assembled[0]!;
  deps.onStderr?.("files", "Download https://registry.example/@a/thing/-/thing-1.0.tgz");
  await until(() => world.stderr().includes("files: Download thing-1.0.tgz\n"));
  deps.onState?.(VIEWS[0]!);
  deps.onStderr?.("files", "Server running");
  world.stop("SIGINT");
  await until(() => world.stderr().includes("Stopping"));
  settled.resolve();
  assertEquals(await exit, 0);
  await world.err.written();
  assertEquals(world.stderr().includes("Server running"), false);
  assertEquals(world.stderr().includes("Ready"), false);
});

Deno.test("start lets the command line win over the file", async () => {
  const world = fakeWorld();
  const args = ["--host", "::1", "--port=0", "--log-level=error", "--log-format", "json"];
  const exit = run(["start", ...args], world);
  await until(() => world.stdout() !== "");
  world.stop("SIGTERM");
  assertEquals(await exit, 0);
  const { server, observability } = world.assembled[0]!.config;
  assertEquals([server.host, server.port], ["::1", 0]);
  assertEquals(observability.log, { level: "error", format: "json" });
});

Deno.test("start writes nothing but JSON lines where the log is JSON", async () => {
  const world = fakeWorld({ gateway: fakeGateway({ views: VIEWS }) });
  const exit = run(["start", "--log-format", "json"], world);
  await until(() => world.stderr() !== "");
  world.stop("SIGTERM");
  assertEquals(await exit, 0);
  await world.err.written();
  for (const line of world.stderr().trim().split("\n")) JSON.parse(line);
});

Deno.test("start waits for the drain, and a second signal kills the children and ends at once", async () => {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    let isClosing = false;
    const gateway = fakeGateway({ views: VIEWS });
    gateway.close = () => {
      gateway.closed++;
      isClosing = true;
      return new Promise(() => {});
    };
    const world = fakeWorld({ gateway });
    const exit = run(["start"], world);
    await untilReady(world);
    world.stop("SIGTERM");
    await until(() => isClosing);
    assertEquals(world.killed, []);
    world.stop(signal);
    assertEquals(await exit, code);
    assertEquals(world.killed, [11]);
  }
});

Deno.test("start ends what it started when the port is taken", async () => {
  const gateway = fakeGateway({ views: VIEWS });
  const world = fakeWorld({ gateway, door: new Error("Cannot listen on 127.0.0.1:8080: taken") });
  assertEquals(await run(["start"], world), 1);
  await world.err.written();
  assertEquals(world.stdout(), "");
  assertStringIncludes(world.stderr(), "error: Cannot listen on 127.0.0.1:8080: taken\n");
  assertStringIncludes(world.stderr(), "--port 0");
  assertEquals(gateway.closed, 1);
});

Deno.test("start fails when the server ends by itself", async () => {
  const gateway = fakeGateway({ views: VIEWS });
  const door = fakeDoor({ finished: Promise.reject(new Error("Too many open files")) });
  const world = fakeWorld({ gateway, door });
  assertEquals(await run(["start"], world), 1);
  await world.err.written();
  assertStringIncludes(world.stderr(), "Too many open files");
  assertEquals(gateway.closed, 1);
});

Deno.test("start refuses a wrong configuration with all its problems, starting nothing", async () => {
  const files = { "only1mcp.yaml": "server: { prot: 1 }\nservers: 5\n" };
  const world = fakeWorld({ files });
  assertEquals(await run(["start"], world), 2);
  await world.err.written();
  assertMatch(world.stderr(), /^only1mcp\.yaml:1:\d+: .*prot/m);
  assertMatch(world.stderr(), /^only1mcp\.yaml:2:\d+: /m);
  assertStringIncludes(world.stderr(), 'error: Cannot use "only1mcp.yaml": 2 problems');
  assertEquals(world.assembled.length, 0);
});

Deno.test("start without any configuration says where it looked", async () => {
  const world = fakeWorld({ files: {} });
  assertEquals(await run(["start"], world), 2);
  await world.err.written();
  assertStringIncludes(world.stderr(), "error: Cannot find a configuration");
});
