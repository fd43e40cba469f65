import { join } from "@std/path";
import type { Children } from "./children.ts";

/** The suite and the version of it that counts. */
export const SUITE = "npm:@modelcontextprotocol/conformance@0.2.0-alpha.12";

/** The sets of requirements, one per specification revision. */
export const REVISIONS = ["2025-11-25", "2026-07-28"] as const;
export type Revision = typeof REVISIONS[number];

const SUITE_MS = 220_000;
const SCENARIO_MS = 20_000;

/** One thing a scenario looked at. */
export interface Check {
  readonly id: string;
  readonly status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  readonly errorMessage?: string;
}

/** What one scenario found. */
export interface Scenario {
  readonly name: string;
  /** Why it does not count for the revision; absent where it counts. */
  readonly unscored: string | undefined;
  readonly checks: readonly Check[];
}

/** All that one run of the suite found, by scenario. */
export type SuiteResult = ReadonlyMap<string, Scenario>;

/** A scenario passes when nothing in it failed. */
export function passes(scenario: Scenario | undefined): boolean {
  return scenario !== undefined && scenario.checks.every((check) => check.status !== "FAILURE");
}

/** Runs the official suite against `url`, in bounded time; its files go to a folder inside `scratch`. */
export async function runSuite(
  children: Children,
  options: { readonly url: string; readonly revision: Revision; readonly scratch: string },
): Promise<SuiteResult> {
  const output = await Deno.makeTempDir({ dir: options.scratch });
  // Outside the project, so that neither its configuration nor its lock file is touched.
  const run = await children.finish([
    "run",
    "-A",
    "--no-lock",
    SUITE,
    "server",
    "--url",
    options.url,
    "--requirements",
    options.revision,
    "--timeout",
    String(SCENARIO_MS),
    "--output-dir",
    output,
  ], { cwd: output, deadlineMs: SUITE_MS });

  const unscored = readUnscored(run.stdout);
  const result = new Map<string, Scenario>();
  const folders = (await Array.fromAsync(Deno.readDir(output))).map(({ name }) => name).sort();
  for (const folder of folders) {
    const name = folder.match(/^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/)?.[1];
    if (name === undefined) continue;
    const checks = await readChecks(join(output, folder, "checks.json"));
    if (checks !== undefined) result.set(name, { name, unscored: unscored.get(name), checks });
  }
  if (result.size === 0) {
    throw new Error(
      `Cannot read results of the suite: it ended with code ${run.code}${
        run.isLate ? `, stopped after ${SUITE_MS} ms` : ""
      }\n${run.log}`,
    );
  }
  return result;
}

/** The end of the suite's output names what it ran without scoring: `  ✓ name (reason)`. */
function readUnscored(stdout: string): ReadonlyMap<string, string> {
  const start = stdout.indexOf("Not scored for ");
  if (start < 0) return new Map();
  const lines = stdout.slice(start).matchAll(/^\s+\S\s+(\S+) \(([^)]+)\)/gm);
  return new Map([...lines].map(([, name = "", reason = ""]) => [name, reason]));
}

async function readChecks(path: string): Promise<readonly Check[] | undefined> {
  try {
    // The suite's own file, of the suite's own version.
    return JSON.parse(await Deno.readTextFile(path)) as readonly Check[];
  } catch {
    // It was stopped in the middle of this scenario.
    return undefined;
  }
}
