import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../../src/cli/run.ts";
import { fakeWorld } from "./fakes.ts";

const files = {
  "only1mcp.yaml": "servers:\n  - { id: a, transport: { type: stdio, command: x } }\n" +
    "  - { id: b, enabled: false, transport: { type: stdio, command: x } }\n",
  "bad.yaml": "server: { prot: 1 }\nservers: 5\n",
};

Deno.test("validate sums up a right configuration", async () => {
  const world = fakeWorld({ files });
  assertEquals(await run(["validate"], world), 0);
  assertEquals(world.stdout(), "only1mcp.yaml is valid: 1 server enabled, 1 disabled\n");
  assertEquals(world.assembled.length, 0);
});

Deno.test("validate reports all problems at once", async () => {
  for (const args of [["bad.yaml"], ["--config", "bad.yaml"]]) {
    const world = fakeWorld({ files });
    assertEquals(await run(["validate", ...args], world), 2);
    await world.err.written();
    assertStringIncludes(world.stderr(), "bad.yaml:1:");
    assertStringIncludes(world.stderr(), "bad.yaml:2:");
    assertStringIncludes(world.stderr(), 'error: "bad.yaml" is not valid: 2 problems\n');
    assertEquals(world.stdout(), "");
  }
});

Deno.test("validate --json writes one document either way", async () => {
  for (const [file, exit] of [["only1mcp.yaml", 0], ["bad.yaml", 2]] as const) {
    const world = fakeWorld({ files });
    assertEquals(await run(["validate", file, "--json"], world), exit);
    const report = JSON.parse(world.stdout());
    assertEquals(report.valid, exit === 0);
    assertEquals(report.file, file);
    assertEquals(report.problems.length, exit);
    assert(report.problems.every((problem: Record<string, unknown>) => problem.line !== undefined));
    await world.err.written();
    assertEquals(world.stderr(), "");
  }
});

Deno.test("validate refuses two files", async () => {
  const world = fakeWorld({ files });
  assertEquals(await run(["validate", "bad.yaml", "--config", "bad.yaml"], world), 64);
});

Deno.test("validate names a file that is not there", async () => {
  const world = fakeWorld({ files });
  assertEquals(await run(["validate", "none.yaml"], world), 2);
  await world.err.written();
  assertStringIncludes(world.stderr(), "none.yaml: Cannot read the configuration: no such file");
});
