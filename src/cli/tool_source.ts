import { configShape } from "../config/schema.ts";
import type { FlagValues } from "./command.ts";
import {
  configFlag,
  type ConfigFlags,
  logFlags,
  readConfig,
  type ReadyConfig,
} from "./config_source.ts";
import { CommandError, Exit } from "./exit.ts";
import type { World } from "./world.ts";

/** Where the tools of a `tools` command come from: the configured servers, or whatever answers at a URL. */
export const sourceFlags = {
  ...configFlag,
  url: {
    type: "string",
    value: "URL",
    doc: "Ask a running gateway or any MCP server there, instead of starting the configured ones",
  },
  header: {
    type: "list",
    value: "'NAME: VALUE'",
    doc: "Header to send with --url",
  },
  ...logFlags,
} as const;

/** A URL is a configuration with one server in it, so that there is one way to ask. */
export async function readSource(
  world: World,
  flags: FlagValues<typeof sourceFlags>,
): Promise<ReadyConfig> {
  const { url, header } = flags;
  if (url === undefined) {
    if (header.length > 0) throw new CommandError(Exit.usage, "Flag --header goes with --url only");
    return quiet(await readConfig(world, flags), flags);
  }
  if (flags.config !== undefined) {
    throw new CommandError(Exit.usage, "Flags --config and --url exclude each other");
  }
  const parsed = configShape.safeParse({
    naming: { prefix: "never" },
    observability: { log: { level: flags["log-level"], format: flags["log-format"] } },
    servers: [{
      id: "remote",
      transport: { type: "streamable_http", url, headers: headersFrom(header) },
    }],
  });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const isHeader = issue?.path.includes("headers");
    throw new CommandError(
      Exit.usage,
      isHeader
        ? `Flag --header names no header: ${issue?.path.at(-1)?.toString() ?? ""}`
        : `Flag --url is not an http or https URL: "${url}"`,
    );
  }
  return quiet({ config: parsed.data, file: undefined, baseDir: ".", warnings: [] }, flags);
}

/** Commands that answer one question report failures themselves; their log is for those who ask for it. */
export function quiet(ready: ReadyConfig, flags: ConfigFlags): ReadyConfig {
  if (flags["log-level"] !== undefined) return ready;
  const { observability } = ready.config;
  const log = { ...observability.log, level: "error" as const };
  return { ...ready, config: { ...ready.config, observability: { ...observability, log } } };
}

function headersFrom(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(given.map((text) => {
    const match = /^([^:]+):(.*)$/s.exec(text);
    if (match === null) {
      throw new CommandError(Exit.usage, `Flag --header must be "NAME: VALUE"`);
    }
    return [(match[1] ?? "").trim(), (match[2] ?? "").trim()];
  }));
}
