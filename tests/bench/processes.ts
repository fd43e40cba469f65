const GRACE_MS = 8_000;
const TAIL_CHARACTERS = 4_000;

export interface StartOptions {
  readonly cwd?: string;
  /** How long `line()` waits. Default 30 s. */
  readonly deadlineMs?: number;
}

/** A program this run started. What it writes is read and, but for the end of it, forgotten. */
export interface Running {
  readonly pid: number;
  /** The first line on its standard output that matches; rejects when it ends or takes too long. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  /** Ends it: SIGTERM, then SIGKILL. */
  stop(): Promise<void>;
}

/** All programs this run has started. Leaving the scope ends them, each by its own id. */
export class Processes implements AsyncDisposable {
  readonly #running = new Map<Deno.ChildProcess, Promise<unknown>>();
  #isClosed = false;

  start(command: string, args: readonly string[], options: StartOptions = {}): Running {
    const child = this.spawn(command, args, { stdin: "null", stderr: "piped", ...options });
    const { promise: ended, reject } = Promise.withResolvers<never>();
    ended.catch(() => {});
    const waiting: { pattern: RegExp; found: (match: RegExpExecArray) => void }[] = [];
    let tail = "";
    const keep = (text: string) => tail = (tail + text).slice(-TAIL_CHARACTERS);
    let output = "";
    const look = (text: string) => {
      output = keep(output + text);
      for (const { pattern, found } of waiting) {
        const match = pattern.exec(output);
        if (match !== null) found(match);
      }
    };
    const reading = Promise.all([eachText(child.stdout, look), eachText(child.stderr, keep)]);
    reading.then(() => reject(new Error(`"${args.join(" ")}" ended:\n${tail}`)));

    return {
      pid: child.pid,
      async line(pattern) {
        const { promise, resolve: found } = Promise.withResolvers<RegExpExecArray>();
        waiting.push({ pattern, found });
        look("");
        const what = `"${args.join(" ")}" to write ${pattern}`;
        return await within(Promise.race([promise, ended]), options.deadlineMs ?? 30_000, what);
      },
      stop: async () => {
        await this.end(child);
        await reading;
      },
    };
  }

  /** Starts a program whose pipes the caller looks after. */
  spawn(
    command: string,
    args: readonly string[],
    options: { stdin: "piped" | "null"; stderr: "piped" | "null"; cwd?: string },
  ): Deno.ChildProcess {
    // Whoever still runs while the scope is left must not start what nobody would end.
    if (this.#isClosed) throw new Error("Cannot start a process: the run is over");
    const child = new Deno.Command(command, { args: [...args], stdout: "piped", ...options })
      .spawn();
    this.#running.set(child, child.status.then(() => this.#running.delete(child)));
    return child;
  }

  async end(child: Deno.ChildProcess): Promise<void> {
    if (!this.#running.has(child)) return;
    kill(child, "SIGTERM");
    const timer = setTimeout(() => kill(child, "SIGKILL"), GRACE_MS);
    await child.status;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#running.keys()].map((child) => this.end(child)));
  }
}

/** The same promise, rejected when it has not settled in time. */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Waited more than ${ms} ms for ${what}`)), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function eachText(
  stream: ReadableStream<Uint8Array>,
  take: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended already.
  }
}
