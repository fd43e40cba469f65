import type { CommandLineOverrides } from "../config/overrides.ts";
import { formatProblem, type Problem } from "../config/problems.ts";
import type { LoadResult } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { SEVERITIES } from "../observe/log.ts";
import type { FlagValues } from "./command.ts";
import { CommandError, Exit } from "./exit.ts";
import { plural } from "./server_line.ts";
import type { World } from "./world.ts";

/** The flag of every command that reads a configuration. */
export const configFlag = {
  config: {
    type: "string",
    value: "FILE",
    doc: "Configuration, YAML or JSON; a client's mcpServers file will do",
    default: "$ONLY1MCP_CONFIG, ./only1mcp.yaml, the user's, the system's",
  },
} as const;

/** The flags of every command that runs servers. */
export const logFlags = {
  "log-level": {
    type: "choice",
    choices: SEVERITIES,
    value: "LEVEL",
    doc: "Least severe log lines to write to standard error",
  },
  "log-format": {
    type: "choice",
    choices: ["text", "json"],
    value: "FORMAT",
    doc: "How they are written",
  },
} as const;

export type ConfigFlags =
  & FlagValues<typeof configFlag>
  & Partial<FlagValues<typeof logFlags>>
  & Pick<CommandLineOverrides, "host" | "port">;

/** A configuration that passed every check. */
export interface ReadyConfig {
  readonly config: Config;
  readonly file: string | undefined;
  /** The folder that relative paths in it start from. */
  readonly baseDir: string;
  /** What is allowed and probably not meant. */
  readonly warnings: readonly Problem[];
}

/**
 * Finds, reads and checks the configuration, the command line laid over it.
 *
 * @throws {CommandError} with exit code 2, after all problems were written to standard error
 */
export async function readConfig(world: World, flags: ConfigFlags): Promise<ReadyConfig> {
  const result = await loadFrom(world, flags);
  if (result.kind === "invalid") {
    for (const problem of result.problems) world.err.write(`${formatProblem(problem)}\n`);
    const count = plural(result.problems.length, "problem");
    throw new CommandError(Exit.configuration, `Cannot use "${result.file}": ${count}`);
  }
  const { config, file, baseDir, warnings } = result;
  return { config: withLogFormat(config, flags["log-format"]), file, baseDir, warnings };
}

/**
 * Finds and loads the configuration, right or wrong.
 *
 * @throws {CommandError} with exit code 2 where there is none
 */
export async function loadFrom(world: World, flags: ConfigFlags): Promise<LoadResult> {
  const { environment, parts } = world;
  const location = await parts.locateConfig({ path: flags.config, environment });
  if (location.kind === "missing") {
    throw new CommandError(Exit.configuration, location.message);
  }
  const { host, port, "log-level": logLevel } = flags;
  const overrides = { host, port, logLevel };
  return await parts.loadConfig({ file: location.file, environment, overrides });
}

function withLogFormat(config: Config, format: "text" | "json" | undefined): Config {
  if (format === undefined) return config;
  const { observability } = config;
  return { ...config, observability: { ...observability, log: { ...observability.log, format } } };
}
