/**
 * Runs the official MCP conformance suite against the reference server, directly and through the gateway, and says
 * what the gateway loses. Exits with 1 if it loses anything that it may not.
 *
 *     deno run --no-prompt --allow-read --allow-write --allow-run tests/conformance/run.ts
 *
 * `--direct-only` leaves the gateway out, `--only 2025-11-25|2026-07-28` takes one set of requirements, `--verbose`
 * shows weaker checks and the gateway's log, `--gateway FILE` runs another entry point.
 */
import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl, join } from "@std/path";
import { GATEWAY_PERMISSIONS } from "../../scripts/permissions.ts";
import { Children } from "./children.ts";
import { type Allowed, compare, type Comparison, OF_A_2025_SERVER, score } from "./compare.ts";
import { type Revision, REVISIONS, runSuite, SUITE, type SuiteResult } from "./suite.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));
const SERVER = join(ROOT, "tests/conformance/reference_server.ts");
const START_MS = 60_000;

/** One combination of a client's revision and a server behind the gateway. */
interface Cell {
  readonly revision: Revision;
  readonly protocol: "2025" | "2026";
  readonly transport: "http" | "stdio";
  /** What cannot apply to this combination. Any other loss fails the run. */
  readonly allowed: Allowed;
}

const NOTHING: Allowed = new Map();

const CELLS: readonly Cell[] = (["http", "stdio"] as const).flatMap(
  (transport): readonly Cell[] => {
    const cells: readonly Cell[] = [
      { revision: "2025-11-25", protocol: "2025", transport, allowed: NOTHING },
      { revision: "2025-11-25", protocol: "2026", transport, allowed: NOTHING },
      { revision: "2026-07-28", protocol: "2026", transport, allowed: NOTHING },
      { revision: "2026-07-28", protocol: "2025", transport, allowed: OF_A_2025_SERVER },
    ];
    return cells;
  },
);

interface Run {
  readonly children: Children;
  readonly scratch: string;
  readonly gateway: string;
  readonly isVerbose: boolean;
}

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const flags = parseArgs(Deno.args, {
    boolean: ["direct-only", "verbose"],
    string: ["only", "gateway"],
    default: { gateway: "main.ts" },
  });
  const revisions = REVISIONS.filter((revision) =>
    flags["only"] === undefined || flags["only"] === revision
  );
  if (revisions.length === 0) throw new Error(`--only must be one of ${REVISIONS.join(", ")}`);

  const scratch = await Deno.makeTempDir({ prefix: "only1mcp-conformance-" });
  const children = new Children();
  const clear = async () => {
    await children[Symbol.asyncDispose]();
    await Deno.remove(scratch, { recursive: true }).catch(() => {});
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => void clear().finally(() => Deno.exit(130)));
  }
  try {
    const run: Run = {
      children,
      scratch,
      gateway: String(flags["gateway"]),
      isVerbose: flags["verbose"] === true,
    };
    print(`${SUITE}\n`);
    let isGood = true;
    for (const revision of revisions) {
      const cells = flags["direct-only"] === true
        ? []
        : CELLS.filter((cell) => cell.revision === revision);
      isGood = await runRevision(run, revision, cells) && isGood;
    }
    print(isGood ? "Nothing lost" : "Something is lost");
    return isGood ? 0 : 1;
  } finally {
    await clear();
  }
}

async function runRevision(
  run: Run,
  revision: Revision,
  cells: readonly Cell[],
): Promise<boolean> {
  const direct = await runDirect(run, revision);
  const { passed, total } = score(direct);
  print(`${revision} directly: ${passed}/${total}`);
  for (const scenario of direct.values()) {
    const failures = scenario.checks.filter(({ status }) => status === "FAILURE");
    if (failures.length === 0 || scenario.unscored !== undefined) continue;
    print(`  fails: ${scenario.name}`);
    for (const { id, errorMessage } of failures) print(`    ${id}: ${errorMessage ?? ""}`);
  }
  let isGood = passed === total;
  for (const cell of cells) {
    const title =
      `${cell.revision} through the gateway, ${cell.protocol} server over ${cell.transport}`;
    try {
      const comparison = compare(direct, await runThroughGateway(run, cell), cell.allowed);
      showComparison(title, comparison, run.isVerbose);
      if (comparison.losses.some(({ allowed }) => allowed === undefined)) {
        isGood = false;
      }
    } catch (error) {
      print(`${title}: ${error instanceof Error ? error.message : String(error)}`);
      isGood = false;
    }
  }
  print("");
  return isGood;
}

async function runDirect(run: Run, revision: Revision): Promise<SuiteResult> {
  const server = await startReference(run, "both");
  const result = await runSuite(run.children, { url: server.url, revision, scratch: run.scratch });
  await server.stop();
  return result;
}

async function runThroughGateway(run: Run, cell: Cell): Promise<SuiteResult> {
  const server = cell.transport === "http" ? await startReference(run, cell.protocol) : undefined;
  const transport = server === undefined
    ? {
      type: "stdio",
      command: Deno.execPath(),
      args: [...referenceArgs(cell.protocol, "stdio")],
      cwd: ROOT,
    }
    : { type: "streamable_http", url: server.url };
  const config = join(run.scratch, `${cell.revision}-${cell.protocol}-${cell.transport}.yaml`);
  // JSON is YAML.
  await Deno.writeTextFile(
    config,
    JSON.stringify({
      server: { port: 0 },
      naming: { prefix: "never" },
      servers: [{ id: "reference", protocol: cell.protocol, transport }],
    }),
  );
  const gateway = await run.children.serve([
    "run",
    "--no-lock",
    ...GATEWAY_PERMISSIONS,
    run.gateway,
    "start",
    "--config",
    config,
  ], { cwd: ROOT, deadlineMs: START_MS });
  const result = await runSuite(run.children, {
    url: gateway.url,
    revision: cell.revision,
    scratch: run.scratch,
  });
  await gateway.stop();
  await server?.stop();
  if (run.isVerbose) print(gateway.log().replaceAll(/^/gm, "  | "));
  return result;
}

async function startReference(run: Run, era: "both" | "2025" | "2026") {
  return await run.children.serve(referenceArgs(era, "http"), { cwd: ROOT, deadlineMs: START_MS });
}

function referenceArgs(era: string, transport: "http" | "stdio"): readonly string[] {
  const permissions = transport === "http" ? ["--allow-net=127.0.0.1"] : [];
  return [
    "run",
    "--no-prompt",
    "--no-lock",
    ...permissions,
    SERVER,
    "--era",
    era,
    "--transport",
    transport,
  ];
}

function showComparison(title: string, comparison: Comparison, isVerbose: boolean): void {
  const { gateway, losses, overdue, weaker } = comparison;
  print(`${title}: ${gateway.passed}/${gateway.total}`);
  for (const { scenario, unscored, allowed, failures } of losses) {
    const note = unscored === undefined ? "" : ` (not scored: ${unscored})`;
    const verdict = allowed === undefined ? "lost" : "lost, allowed";
    print(`  ${verdict}: ${scenario}${note}${allowed === undefined ? "" : `: ${allowed}`}`);
    if (allowed === undefined || isVerbose) {
      for (const failure of failures) print(`    ${failure}`);
    }
  }
  for (const scenario of overdue) print(`  passes, take it off the list of allowed: ${scenario}`);
  if (isVerbose) { for (const check of weaker) print(`  weaker: ${check}`); }
  else if (weaker.length > 0) print(`  ${weaker.length} checks say less than directly (--verbose)`);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
