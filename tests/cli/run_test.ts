import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { command } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/mod.ts";
import { Exit } from "../../src/cli/exit.ts";
import { run } from "../../src/cli/run.ts";
import { fakeWorld } from "./fakes.ts";

const USAGE: readonly {
  readonly args: readonly string[];
  readonly exit: number;
  readonly out?: string;
  readonly err?: string;
}[] = [
  { args: [], exit: 64, err: "Commands:" },
  { args: ["help"], exit: 0, out: "Commands:" },
  { args: ["--help"], exit: 0, out: "Commands:" },
  { args: ["-h"], exit: 0, out: "tools call" },
  { args: ["help", "start"], exit: 0, out: "only1mcp start [flags]" },
  { args: ["--help", "start"], exit: 0, out: "only1mcp start [flags]" },
  { args: ["start", "--help"], exit: 0, out: "--port PORT" },
  { args: ["start", "--prot", "-h"], exit: 0, out: "--port PORT" },
  { args: ["tools", "--help"], exit: 0, out: "only1mcp tools list" },
  { args: ["help", "tools"], exit: 0, out: "only1mcp tools call NAME [JSON]" },
  { args: ["tools", "call", "--help"], exit: 0, out: "only1mcp tools call NAME [JSON]" },
  { args: ["help", "tools", "call"], exit: 0, out: "Arguments:" },
  { args: ["help", "tools", "call", "x"], exit: 64, err: 'Unexpected argument "x"' },
  { args: ["help", "strat"], exit: 64, err: "Did you mean start?" },
  { args: ["--version"], exit: 0, out: "only1mcp " },
  { args: ["--version", "x"], exit: 64, err: 'Unexpected argument "x"' },
  { args: ["strat"], exit: 64, err: "Did you mean start?" },
  { args: ["frobnicate"], exit: 64, err: 'Unknown command "frobnicate"' },
  { args: ["constructor"], exit: 64, err: 'Unknown command "constructor"' },
  { args: [""], exit: 64, err: 'Unknown command ""' },
  { args: ["tools"], exit: 64, err: "needs one of: tools list, tools call" },
  { args: ["tools", "cal", "x"], exit: 64, err: "Did you mean tools call?" },
  { args: ["tool", "call"], exit: 64, err: "Did you mean tools call?" },
  { args: ["--config", "x", "start"], exit: 64, err: "The command comes first" },
  { args: ["version", "--jsn"], exit: 64, err: "Did you mean --json?" },
  { args: ["version", "5"], exit: 64, err: 'Unexpected argument "5"' },
  { args: ["tools", "call"], exit: 64, err: "Missing argument NAME" },
  { args: ["start", "--port"], exit: 64, err: "Flag --port needs a value" },
];

for (const { args, exit, out, err } of USAGE) {
  Deno.test(`run() answers ${JSON.stringify(args)} with ${exit}`, async () => {
    const world = fakeWorld();
    assertEquals(await run(args, world), exit);
    await world.err.written();
    assertStringIncludes(world.stdout(), out ?? "");
    assertStringIncludes(world.stderr(), err ?? "");
    assertEquals(exit === 0 ? world.stderr() : world.stdout(), "");
    assertEquals(world.assembled.length, 0);
  });
}

Deno.test("every command has a help with at least two examples", async () => {
  for (const { name, examples } of commands) {
    const world = fakeWorld();
    assertEquals(await run(["help", ...name.split(" ")], world), 0);
    assert(examples.length >= 2, name);
    for (const { line } of examples) assertStringIncludes(world.stdout(), line);
  }
});

Deno.test("run() shows an unexpected problem as a sentence, and its stack at level debug only", async () => {
  const broken = command({ name: "break", summary: "", flags: {}, examples: [] }, () => {
    throw new TypeError("Something is undefined");
  });
  for (const [environment, hasStack] of [[{}, false], [{ ONLY1MCP_LOG_LEVEL: "debug" }, true]]) {
    const world = fakeWorld({ environment: environment as Record<string, string> });
    assertEquals(await run(["break"], world, [broken]), Exit.failure);
    await world.err.written();
    assertStringIncludes(world.stderr(), "error: Unexpected problem: Something is undefined\n");
    assertEquals(world.stderr().includes("run_test.ts"), hasStack);
  }
});

Deno.test("version --json is one document", async () => {
  const world = fakeWorld();
  assertEquals(await run(["version", "--json"], world), 0);
  const facts = JSON.parse(world.stdout());
  assertEquals(Object.keys(facts), ["version", "deno", "v8", "typescript", "revisions"]);
  assert(facts.revisions.length > 3);
});
