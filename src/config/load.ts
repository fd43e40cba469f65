import { dirname, resolve } from "@std/path";
import { crossProblems, warningsFor } from "./checks.ts";
import { convertClientFile } from "./client_files.ts";
import { readDocument } from "./document.ts";
import { issueProblems } from "./issues.ts";
import {
  applyOverrides,
  type CommandLineOverrides,
  commandLineOverrides,
  environmentOverrides,
  isOverridden,
  whereOverridden,
} from "./overrides.ts";
import { prepare } from "./prepare.ts";
import { inFileOrder, type Problem, problemAt } from "./problems.ts";
import { ReadError, type ReadText, readText as readFromDisk } from "./read_text.ts";
import { type Config, configShape, type ServerConfig } from "./schema.ts";
import { isSection } from "./tree.ts";

/** Largest configuration file. */
const MAX_FILE_BYTES = 1_048_576;

export interface LoadOptions {
  /** The file to read; also what messages call it and where relative paths start. */
  readonly file: string;
  /** Content to use in the place of the file's. Default: the file is read. */
  readonly text?: string | undefined;
  /** Environment variables: for substitutions, and `ONLY1MCP_*` as overrides. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the command line says; wins over the environment and the file. */
  readonly overrides?: CommandLineOverrides | undefined;
  /** Reads the file and `${file:…}`. Default: from disk. */
  readonly readText?: ReadText | undefined;
}

/** A configuration, or everything that is wrong with it. */
export type LoadResult =
  | {
    readonly kind: "ok";
    readonly config: Config;
    readonly warnings: readonly Problem[];
    readonly file: string;
    /** Absolute directory of the file. */
    readonly baseDir: string;
  }
  | { readonly kind: "invalid"; readonly problems: readonly Problem[]; readonly file: string };

/**
 * Loads a configuration: read, parse, convert a client's file, override, substitute, validate. Finds all problems at once;
 * throws only on bugs. In the result, every stdio server's `cwd` is absolute, and so is a `command` that is a path.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadResult> {
  const { file, environment, overrides = {}, readText = readFromDisk } = options;
  const baseDir = dirname(resolve(file));
  const invalid = (problems: readonly Problem[]): LoadResult => ({
    kind: "invalid",
    problems: inFileOrder(problems),
    file,
  });

  const content = await contentOf(options, readText);
  if (content.kind === "problem") return invalid([content.problem]);
  const document = readDocument(content.text, { source: file });
  const fromEnvironment = environmentOverrides(environment, configShape);
  const early = [...document.problems, ...fromEnvironment.problems];
  if (!Object.hasOwn(document, "tree")) return invalid(early);

  const converted = convertClientFile(document.tree, document.where);
  const given = [...fromEnvironment.overrides, ...commandLineOverrides(overrides)];
  const where = whereOverridden(converted?.where ?? document.where, given);
  const prepared = await prepare(applyOverrides(converted?.tree ?? document.tree ?? {}, given), {
    schema: configShape,
    where,
    sources: { environment, baseDir, readText, resolve },
    isLiteral: (path) => isOverridden(path, given),
  });
  const parsed = configShape.safeParse(prepared.tree);
  const problems = [
    ...early,
    ...converted?.problems ?? [],
    ...prepared.problems,
    ...issueProblems(parsed.error?.issues ?? [], { schema: configShape, prepared, where }),
    ...isSection(prepared.tree) ? crossProblems(prepared.tree, where) : [],
  ];
  if (!parsed.success || problems.length > 0) return invalid(problems);
  const config = withAbsolutePaths(parsed.data, baseDir);
  const warnings = [...converted?.warnings ?? [], ...warningsFor(config, where)];
  return { kind: "ok", config, warnings: inFileOrder(warnings), file, baseDir };
}

type Content = { kind: "text"; text: string } | { kind: "problem"; problem: Problem };

async function contentOf(options: LoadOptions, readText: ReadText): Promise<Content> {
  const { file, text } = options;
  const whole = { source: file, line: undefined, column: undefined };
  if (text !== undefined) {
    // A character takes at least one byte, so that encoding a huge text is never needed to refuse it.
    const fits = text.length <= MAX_FILE_BYTES &&
      new TextEncoder().encode(text).length <= MAX_FILE_BYTES;
    const message = `Too large: expected at most ${MAX_FILE_BYTES} bytes`;
    return fits
      ? { kind: "text", text }
      : { kind: "problem", problem: problemAt(whole, [], message) };
  }
  try {
    return { kind: "text", text: await readText(file, MAX_FILE_BYTES) };
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    const message = `Cannot read the configuration: ${error.message}`;
    return { kind: "problem", problem: problemAt(whole, [], message) };
  }
}

function withAbsolutePaths(config: Config, baseDir: string): Config {
  return { ...config, servers: config.servers.map((server) => atBase(server, baseDir)) };
}

/** A server's paths start at the file, not at wherever the gateway was started. A bare name is left to PATH. */
function atBase(server: ServerConfig, baseDir: string): ServerConfig {
  const { transport } = server;
  if (transport.type !== "stdio") return server;
  const isPath = /[/\\]/.test(transport.command);
  const command = isPath ? resolve(baseDir, transport.command) : transport.command;
  return {
    ...server,
    transport: { ...transport, command, cwd: resolve(baseDir, transport.cwd ?? ".") },
  };
}
