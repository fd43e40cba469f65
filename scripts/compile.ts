// deno-lint-ignore-file no-console -- a script's output is meant for the terminal
import { parseArgs } from "@std/cli/parse-args";
import { GATEWAY_PERMISSIONS } from "./permissions.ts";

/** The platforms that releases are built for. */
export const TARGETS: readonly string[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
];

export interface CompileOptions {
  /** File to write, without `.exe`. */
  readonly output: string;
  /** One of {@link TARGETS}. Default: this machine's. */
  readonly target?: string | undefined;
  /** Default `main.ts`. */
  readonly entrypoint?: string;
}

/** The arguments for `deno` that build the executable with the gateway's permissions inside. */
export function compileArgs(options: CompileOptions): string[] {
  const { output, target, entrypoint = "main.ts" } = options;
  return [
    "compile",
    ...GATEWAY_PERMISSIONS,
    "--frozen",
    // Without it every package of the lock file is embedded, those of the tests included.
    "--exclude-unused-npm",
    ...(target === undefined ? [] : ["--target", target]),
    "--output",
    output,
    entrypoint,
  ];
}

/** Why a compilation stopped, when the cause is that Deno's runtime could not be had; undefined for any other cause. */
export function missingRuntime(stderr: string): string | undefined {
  if (!/Setting up base binary/.test(stderr)) return undefined;
  return `
Compiling stopped: Deno's runtime for the executable could not be downloaded.

An executable is the program appended to a prebuilt runtime called denort. Deno downloads
denort once per target from its own release server, and that server did not answer. The
program itself is fine: it was checked and packed up to that point.

What to do:
  * run this task where the release server can be reached; or
  * download denort for Deno ${Deno.version.deno} and the target elsewhere, and set DENORT_BIN to that file; or
  * do without an executable: "deno task bundle" writes dist/only1mcp.js, which Deno runs.`;
}

const HELP = `Builds the executable dist/only1mcp.

Usage: deno task compile [--target TARGET]

Without --target it is built for this machine; with it, as dist/only1mcp-TARGET.
Targets: ${TARGETS.join("\n         ")}`;

async function compile(args: readonly string[]): Promise<number> {
  const unknown: string[] = [];
  const flags = parseArgs(args, {
    string: ["target"],
    boolean: ["help"],
    unknown: (arg) => {
      unknown.push(arg);
      return false;
    },
  });
  if (flags.help === true) {
    console.log(HELP);
    return 0;
  }
  const target = typeof flags.target === "string" ? flags.target : undefined;
  if (unknown.length > 0 || (target !== undefined && !TARGETS.includes(target))) {
    console.error(
      unknown.length > 0 ? `Unknown argument "${unknown[0]}"` : `Unknown target "${target}"`,
    );
    console.error(`\n${HELP}`);
    return 64;
  }

  const output = target === undefined ? "dist/only1mcp" : `dist/only1mcp-${target}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: compileArgs({ output, target }),
    stdin: "null",
    stdout: "inherit",
    stderr: "piped",
  }).spawn();
  let stderr = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stderr) {
    await Deno.stderr.write(chunk);
    stderr += decoder.decode(chunk, { stream: true });
  }
  const { success } = await child.status;
  if (success) return 0;
  const why = missingRuntime(stderr);
  if (why !== undefined) console.error(why);
  return 1;
}

if (import.meta.main) Deno.exit(await compile(Deno.args));
