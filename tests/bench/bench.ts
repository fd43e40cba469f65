/**
 * What the gateway costs: `tools/call` through it next to the same call made directly, its memory, its start.
 *
 *     deno task bench [--quick] [--only stdio|http|memory|start] [--log-level info] [--root DIR] [--json]
 *
 * The gateway, its backends and this program share the machine, so that calls per second are a matter of all three;
 * the gateway's processor time per call, read from /proc, is the figure that tells of the gateway. Linux only.
 */
import { parseArgs } from "@std/cli/parse-args";
import { resolve } from "@std/path";
import { type BackendKind, measureCalls } from "./calls.ts";
import type { Bench } from "./gateway.ts";
import { measureMemory } from "./memory.ts";
import { processorName } from "./proc.ts";
import { Processes } from "./processes.ts";
import { asText, type Report } from "./report.ts";
import { measureStart } from "./start.ts";

const PARTS = ["stdio", "http", "memory", "start"] as const;
type Part = (typeof PARTS)[number];

interface Options {
  readonly parts: readonly Part[];
  readonly isQuick: boolean;
  readonly isJson: boolean;
  readonly logLevel: string;
  readonly root: string;
}

if (import.meta.main) {
  const options = readOptions(Deno.args);
  if (typeof options === "string") {
    write(Deno.stderr, `${options}\n`);
    Deno.exit(64);
  }
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stopping.abort());
  }
  try {
    const report = await bench(options, stopping.signal);
    write(
      Deno.stdout,
      options.isJson ? `${JSON.stringify(report, undefined, 2)}\n` : asText(report),
    );
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    write(Deno.stderr, "Stopped\n");
    Deno.exit(130);
  }
}

function readOptions(args: readonly string[]): Options | string {
  const unknown: string[] = [];
  const flags = parseArgs([...args], {
    boolean: ["quick", "json"],
    string: ["only", "log-level", "root"],
    default: { "log-level": "info", root: new URL("../..", import.meta.url).pathname },
    collect: ["only"],
    unknown: (name: string) => void unknown.push(name),
  });
  const only = flags.only as readonly string[]; // collected strings
  const odd = only.find((name) => !PARTS.some((part) => part === name));
  if (unknown.length > 0) return `Unknown argument: ${unknown[0]}`;
  if (odd !== undefined) return `--only takes ${PARTS.join(", ")}: not ${odd}`;
  return {
    parts: only.length === 0 ? PARTS : PARTS.filter((part) => only.includes(part)),
    isQuick: flags.quick === true,
    isJson: flags.json === true,
    logLevel: String(flags["log-level"]),
    root: resolve(String(flags.root)),
  };
}

async function bench(
  { parts, isQuick, logLevel, root }: Options,
  stop: AbortSignal,
): Promise<Report> {
  const [loadBefore = 0] = Deno.loadavg();
  const dir = await Deno.makeTempDir({ prefix: "only1mcp-bench-" });
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => Deno.remove(dir, { recursive: true }));
  const processes = cleanUp.use(new Processes());
  // Whatever is being measured then fails, and leaves in the usual way.
  stop.addEventListener("abort", () => processes[Symbol.asyncDispose](), { once: true });
  const shared: Bench = {
    processes,
    root,
    dir,
    isQuick,
    logLevel,
    progress: (what) => write(Deno.stderr, `… ${what}\n`),
  };
  const kinds = parts.filter((part): part is BackendKind => part === "stdio" || part === "http");
  const report: Report = {
    command: ["deno task bench", ...Deno.args].join(" "),
    date: new Date().toISOString(),
    deno: Deno.version.deno,
    machine: { cores: navigator.hardwareConcurrency, processor: await processorName() },
    loadBefore,
    logLevel,
    calls: kinds.length === 0 ? [] : await measureCalls(shared, kinds),
    memory: parts.includes("memory") ? await measureMemory(shared) : [],
    start: parts.includes("start") ? await measureStart(shared) : [],
  };
  // A part that failed because of it may have taken it for a finding.
  stop.throwIfAborted();
  return report;
}

function write(stream: typeof Deno.stdout, text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
}
