import { loadConfig, type LoadOptions } from "../../src/config/load.ts";
import { formatProblem, type Problem } from "../../src/config/problems.ts";
import { ReadError } from "../../src/config/read_text.ts";
import type { Config } from "../../src/config/schema.ts";

/** Where the tests' files pretend to be. */
export const FOLDER = "/etc/only1mcp";

export interface LoadTextOptions extends Partial<Omit<LoadOptions, "text" | "readText">> {
  /** Content of files, by absolute path. Default: none exist. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Loads a text as `/etc/only1mcp/c.yaml`, without a disk. */
export async function loadText(
  text: string,
  options: LoadTextOptions = {},
): Promise<{ config?: Config; problems: readonly Problem[]; warnings: readonly Problem[] }> {
  const { files = {}, ...rest } = options;
  const result = await loadConfig({
    file: `${FOLDER}/c.yaml`,
    environment: {},
    ...rest,
    text,
    readText: (path) => {
      const content = files[path];
      return content === undefined
        ? Promise.reject(new ReadError("no such file"))
        : Promise.resolve(content);
    },
  });
  return result.kind === "ok"
    ? { config: result.config, problems: [], warnings: result.warnings }
    : { problems: result.problems, warnings: [] };
}

/** The configuration of a text that must be valid. */
export async function configOf(text: string, options: LoadTextOptions = {}): Promise<Config> {
  const { config, problems } = await loadText(text, options);
  if (config === undefined) throw new Error(problems.map(formatProblem).join("\n"));
  return config;
}

/** The problems of a text as they are printed, without the folder. */
export async function problemsOf(
  text: string,
  options: LoadTextOptions = {},
): Promise<readonly string[]> {
  const { problems } = await loadText(text, options);
  return problems.map((problem) => formatProblem(problem).replace(`${FOLDER}/`, ""));
}

/** The warnings of a text as they are printed, without the folder. */
export async function warningsOf(
  text: string,
  options: LoadTextOptions = {},
): Promise<readonly string[]> {
  const { warnings } = await loadText(text, options);
  return warnings.map((warning) => formatProblem(warning).replace(`${FOLDER}/`, ""));
}

/** One valid stdio server, for texts that are about something else. */
export const ONE_SERVER = "servers: [{id: a, transport: {type: stdio, command: a}}]\n";
