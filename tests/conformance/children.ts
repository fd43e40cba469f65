const READY = /http:\/\/127\.0\.0\.1:\d+\/mcp/;
const GRACE_MS = 3000;
const LOG_LINES = 40;

/** A finished child: its exit code, whether it ran out of time, and the end of what it wrote. */
export interface Finished {
  readonly code: number;
  readonly isLate: boolean;
  readonly stdout: string;
  readonly log: string;
}

/** All processes this run has started. Leaving the scope ends them, each by its own id. */
export class Children implements AsyncDisposable {
  readonly #running = new Set<Deno.ChildProcess>();
  #isClosed = false;

  /** Starts Deno with `args`, waits for the address it prints, and leaves it running. */
  async serve(
    args: readonly string[],
    options: { cwd: string; deadlineMs: number },
  ): Promise<Serving> {
    const child = this.#spawn(args, options.cwd);
    const log = new Tail();
    const ready = Promise.withResolvers<string>();
    const look = (line: string) => {
      log.add(line);
      const url = line.match(READY)?.[0];
      if (url !== undefined) ready.resolve(url);
    };
    const reading = Promise.all([eachLine(child.stdout, look), eachLine(child.stderr, look)]);
    const timer = setTimeout(
      () => ready.reject(new Error(`no address within ${options.deadlineMs} ms`)),
      options.deadlineMs,
    );
    reading.then(() => ready.reject(new Error("it ended before it printed an address")));
    try {
      const url = await ready.promise;
      return { url, log: () => log.text(), stop: () => this.#end(child) };
    } catch (error) {
      await this.#end(child);
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`Cannot start "deno ${args.join(" ")}": ${reason}\n${log.text()}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs Deno with `args` to its end, or ends it when `deadlineMs` have passed. */
  async finish(
    args: readonly string[],
    options: { cwd: string; deadlineMs: number },
  ): Promise<Finished> {
    const child = this.#spawn(args, options.cwd);
    const log = new Tail();
    let stdout = "";
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      void this.#end(child);
    }, options.deadlineMs);
    try {
      const [status] = await Promise.all([
        child.status,
        eachLine(child.stdout, (line) => void (stdout += `${line}\n`)),
        eachLine(child.stderr, (line) => log.add(line)),
      ]);
      return { code: status.code, isLate, stdout, log: log.text() };
    } finally {
      clearTimeout(timer);
      this.#running.delete(child);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#running].map((child) => this.#end(child)));
  }

  #spawn(args: readonly string[], cwd: string): Deno.ChildProcess {
    // Whoever still runs while the scope is left must not start what nobody would end.
    if (this.#isClosed) throw new Error("Cannot start a process: the run is over");
    const child = new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#running.add(child);
    return child;
  }

  async #end(child: Deno.ChildProcess): Promise<void> {
    kill(child, "SIGTERM");
    const timer = setTimeout(() => kill(child, "SIGKILL"), GRACE_MS);
    await child.status;
    clearTimeout(timer);
    this.#running.delete(child);
  }
}

/** A child that listens at `url`. */
export interface Serving {
  readonly url: string;
  /** The last lines it wrote. */
  log(): string;
  /** Ends it. */
  stop(): Promise<void>;
}

class Tail {
  readonly #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LOG_LINES) this.#lines.shift();
  }

  text(): string {
    return this.#lines.join("\n");
  }
}

async function eachLine(
  stream: ReadableStream<Uint8Array>,
  take: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
  if (rest !== "") take(rest);
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended already.
  }
}
