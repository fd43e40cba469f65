import { z } from "zod";
import { decodeFrame, encodeFrame, type Frame, type NotAFrame } from "../../mcp/frames.ts";
import { isJsonObject, parseJson } from "../../mcp/json.ts";
import { childEnvironment } from "../sandbox/environment.ts";
import { resolveCommand } from "../sandbox/command.ts";
import { endProcessGroup } from "../sandbox/process_group.ts";
import { readLines } from "./lines.ts";
import { type Transport, TransportError, type TransportEvents } from "./transport.ts";
import { WriteQueue } from "./write_queue.ts";

/** `transport: {type: stdio}` a server that is a program on this machine. */
export const stdioShape = z.strictObject({
  type: z.literal("stdio"),
  command: z.string().min(1).describe(
    "Program to run: a path, or a name looked up on PATH; no shell is involved",
  ),
  args: z.array(z.string()).default([]).describe("Its arguments"),
  cwd: z.string().min(1).optional().describe(
    "Its working directory; relative paths start at the configuration file",
  ),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'letters, digits and "_"'), z.string())
    .default({})
    .describe("Environment variables it gets besides PATH, HOME, LANG, TZ and TMPDIR"),
});
export type StdioOptions = z.output<typeof stdioShape>;

/** Longest line read from a server, in bytes; a longer one is dropped and counted as noise. */
const MAX_LINE_BYTES = 10 * 1024 * 1024;
const MAX_STDERR_LINE_BYTES = 16 * 1024;
/** Most bytes waiting for a server that does not read; beyond it calls are refused as `overloaded`. */
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;
/** How long the pipes of an ended process group may stay open; only a process that left the group can hold them. */
const DRAIN_MS = 500;

/** How long the end of a process may take to be noticed after its input was. */
const LAST_WORDS_MS = 1_000;

/** What a stdio server needs from its surroundings. */
export interface StdioDeps {
  /** The gateway's own environment, of which children get a few variables only. */
  readonly environment: Readonly<Record<string, string>>;
  /** Working directory of a server that sets none. */
  readonly baseDir: string;
}

/** Runs one server process and exchanges newline-delimited JSON with it (2026-07-28 basic/transports/stdio). */
export function stdio(options: StdioOptions, deps: StdioDeps): Transport {
  return new StdioTransport(options, deps);
}

class StdioTransport implements Transport {
  readonly kind = "stdio";
  readonly requestScoped = false;
  readonly #options: StdioOptions;
  readonly #deps: StdioDeps;
  readonly #reading = new AbortController();
  #child: Deno.ChildProcess | undefined;
  #queue: WriteQueue | undefined;
  #events: TransportEvents | undefined;
  /** Everything that still runs for the child; settled when nothing is left. */
  #ended: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(options: StdioOptions, deps: StdioDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async open(events: TransportEvents, signal: AbortSignal): Promise<void> {
    this.#events = events;
    const { args, env, cwd, command } = this.#options;
    try {
      const path = await resolveCommand(command, this.#deps.environment);
      if (this.#closing !== undefined || signal.aborted) throw new Error("it was given up");
      this.#child = new Deno.Command(path, {
        args,
        cwd: cwd ?? this.#deps.baseDir,
        env: childEnvironment(this.#deps.environment, env, path),
        clearEnv: true,
        detached: true,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new TransportError(`Cannot start "${command}": ${why}`, { sent: false });
    }
    this.#attend(this.#child);
  }

  agreed(): void {}

  send(frame: Frame): Promise<void> {
    if (this.#queue === undefined) {
      return Promise.reject(new TransportError("Process is not running", { sent: false }));
    }
    return this.#queue.write(encodeFrame(frame) + "\n").catch((error) => this.#explain(error));
  }

  abandon(): void {}

  /** A pipe that broke means that the process is ending, and how it ended says more than that the pipe broke. */
  async #explain(error: TransportError): Promise<never> {
    if (error.sent) {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, LAST_WORDS_MS);
      await Promise.race([this.#ended, late]);
      clearTimeout(timer);
    }
    throw error;
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  #attend(child: Deno.ChildProcess): void {
    const queue = new WriteQueue(child.stdin, MAX_QUEUED_BYTES);
    this.#queue = queue;
    const { signal } = this.#reading;
    const stdout = readLines(child.stdout, {
      signal,
      maxBytes: MAX_LINE_BYTES,
      onLine: (line) => this.#receive(line),
      onTooLong: (bytes, head) =>
        this.#tell((events) => events.onUnusable(`an answer of ${bytes} bytes`, answeredId(head))),
    });
    const stderr = readLines(child.stderr, {
      signal,
      maxBytes: MAX_STDERR_LINE_BYTES,
      onLine: (line) => this.#tell((events) => events.onStderr(line)),
      onTooLong: () => {},
    });
    this.#ended = this.#watch(child, stdout, stderr);
  }

  async #watch(
    child: Deno.ChildProcess,
    stdout: Promise<void>,
    stderr: Promise<void>,
  ): Promise<void> {
    // A server that closes its stdout has hung up even if its process lives on; one that exits may leave a
    // grandchild holding the pipes open, so neither alone may be waited for.
    const exit = child.status;
    await Promise.race([exit, stdout]);
    this.#queue?.close();
    const status = await endProcessGroup(
      child,
      exit,
      this.#closing === undefined ? "hung_up" : "asked",
    );
    const late = setTimeout(() => this.#reading.abort(), DRAIN_MS);
    await Promise.all([stdout, stderr]);
    clearTimeout(late);
    this.#tell((events) => events.onClosed(describeExit(status)));
    this.#child = undefined;
  }

  async #end(): Promise<void> {
    // End of input is the polite request; endProcessGroup() follows it up with signals.
    this.#queue?.close();
    const child = this.#child;
    if (child !== undefined) await endProcessGroup(child, child.status, "asked");
    await this.#ended;
  }

  #receive(line: string): void {
    if (line === "" || this.#closing !== undefined) return;
    // Most of what is no message shows it at once, and finding out by parsing costs fifty times as much.
    if (!/^\s*[{[]/.test(line)) return this.#tell((events) => events.onNoise(line.slice(0, 200)));
    let value: unknown;
    try {
      value = parseJson(line);
    } catch {
      return this.#tell((events) => events.onNoise(line.slice(0, 200)));
    }
    // Batches existed in 2025-03-26; a server of that revision may still answer with one.
    for (const item of Array.isArray(value) ? value : [value]) {
      const frame = decodeFrame(item);
      if (frame.kind !== "invalid") this.#tell((events) => events.onFrame(frame, undefined));
      else if (isBrokenAnswer(item, frame)) this.#unusable(frame.why, frame.id);
      else this.#tell((events) => events.onNoise(line.slice(0, 200)));
    }
  }

  #unusable(why: string, id: number): void {
    this.#tell((events) => events.onUnusable(why, id));
  }

  #tell(what: (events: TransportEvents) => void): void {
    if (this.#events !== undefined && this.#closing === undefined) what(this.#events);
  }
}

/** Whether it was to be an answer of ours: requests of a server have ids of their own. */
function isBrokenAnswer(
  item: unknown,
  frame: NotAFrame,
): frame is NotAFrame & { readonly id: number } {
  return isJsonObject(item) && !("method" in item) && typeof frame.id === "number";
}

/** The id in the beginning of a response that is too long to be parsed. */
function answeredId(head: string): number | undefined {
  const match = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,15})\s*,/.exec(head);
  return match === null ? undefined : Number(match[1]);
}

function describeExit(status: Deno.CommandStatus | undefined): string {
  if (status === undefined) return "Process hung up";
  return status.signal === null
    ? `Process exited with code ${status.code}`
    : `Process was killed by ${status.signal}`;
}
