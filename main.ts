import { loadConfig } from "./src/config/load.ts";
import { locateConfig } from "./src/config/locate.ts";
import { readText } from "./src/config/read_text.ts";
import { createOutput, type Output } from "./src/cli/output.ts";
import { run } from "./src/cli/run.ts";
import type { StopSignal, World } from "./src/cli/world.ts";
import { assemble } from "./src/gateway/assemble.ts";
import { openHttp } from "./src/gateway/http.ts";
import { serveStdio } from "./src/gateway/stdio.ts";

// A standard error that is never read holds this much, then loses lines rather than memory.
const MAX_PENDING_STDERR = 1_048_576;
// How long the last lines on standard error may take, when the program is over.
const LAST_WORDS_MS = 1000;
const DEFAULT_COLUMNS = 80;
/** Largest file of tool arguments. */
const MAX_ARGUMENT_BYTES = 16_777_216;
/** What is asked for where not all of the environment may be read. */
const KNOWN_VARIABLES = [
  "HOME",
  "LANG",
  "NO_COLOR",
  "ONLY1MCP_CONFIG",
  "ONLY1MCP_LOG_LEVEL",
  "PATH",
  "TERM",
  "TMPDIR",
  "TZ",
  "XDG_CONFIG_HOME",
];

if (import.meta.main) {
  const world = createWorld(readEnvironment());
  const exit = await run(Deno.args, world);
  await Promise.race([
    world.err.written(),
    new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS)),
  ]);
  // Listeners and servers that a closed gateway may have left behind must not keep the process.
  Deno.exit(exit);
}

function createWorld(environment: Readonly<Record<string, string>>): World {
  return {
    out: outputTo(Deno.stdout, environment),
    err: outputTo(Deno.stderr, environment, MAX_PENDING_STDERR),
    // Opened by whoever reads it: most commands leave standard input alone.
    get input() {
      return Deno.stdin.readable;
    },
    environment,
    readText: (path) => readText(path, MAX_ARGUMENT_BYTES),
    onStop: listenForSignals,
    killGroup,
    parts: { locateConfig, loadConfig, assemble, openHttp, serveStdio },
  };
}

/** All variables, or those of the known ones that this process may see; never asks for more. */
function readEnvironment(): Readonly<Record<string, string>> {
  const mayRead = (variable?: string) =>
    Deno.permissions.querySync(
      variable === undefined ? { name: "env" } : { name: "env", variable },
    ).state === "granted";
  if (mayRead()) return Deno.env.toObject();
  const visible = KNOWN_VARIABLES.filter(mayRead)
    .map((name) => [name, Deno.env.get(name)] as const)
    .filter((entry): entry is readonly [string, string] => entry[1] !== undefined);
  return Object.fromEntries(visible);
}

function outputTo(
  stream: typeof Deno.stdout,
  environment: Readonly<Record<string, string>>,
  maxPending = Infinity,
): Output {
  const isTerminal = stream.isTerminal();
  return createOutput(stream, {
    isTerminal,
    // https://no-color.org: set and not empty.
    colour: isTerminal && !environment.NO_COLOR && environment.TERM !== "dumb",
    columns: terminalWidth,
    maxPending,
  });
}

function terminalWidth(): number {
  try {
    // Some terminals do not know how wide they are.
    return Deno.consoleSize().columns || DEFAULT_COLUMNS;
  } catch {
    return DEFAULT_COLUMNS;
  }
}

function listenForSignals(handler: (signal: StopSignal) => void): () => void {
  // Windows knows no SIGTERM, and Deno refuses to listen for it there.
  const signals: readonly StopSignal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM"];
  const listeners = signals.map((signal) => [signal, () => handler(signal)] as const);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
  };
}

function killGroup(pid: number): void {
  // A child leads a process group of its own, which a negative number addresses; Windows has none.
  const target = Deno.build.os === "windows" ? pid : -pid;
  try {
    Deno.kill(target, "SIGKILL");
  } catch {
    // It ended by itself in the meantime.
  }
}
