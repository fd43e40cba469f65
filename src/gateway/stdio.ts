import { readLines } from "../backends/transports/lines.ts";
import { StdioServer } from "../edge/stdio_server.ts";
import type { EdgeOptions } from "../edge/options.ts";
import type { Log } from "../observe/log.ts";
import { deskOf } from "./desk.ts";
import type { Gateway } from "./gateway.ts";

/** Where a stdio client's messages come from and go to. */
export interface StdioPipes {
  readonly input: ReadableStream<Uint8Array>;
  write(text: string): Promise<void>;
  /** `server:` of the configuration, of which a stdio client has the size of its messages. */
  readonly options: EdgeOptions;
}

/** How long answers to requests that came before the end of input may take. */
const LAST_ANSWERS_MS = 5_000;

/** Most that may wait for a client to read it. */
const MAX_UNREAD_CHARS = 32 * 1024 * 1024;

/** Serves one client over stdin and stdout; resolves when its input has ended and its last requests are answered. */
export async function serveStdio(gateway: Gateway, io: StdioPipes, log: Log): Promise<void> {
  const { options } = io;
  const out = new ClientPipe(io, log);
  const server = new StdioServer(deskOf(gateway, options, log), (line) => out.write(line));
  await readLines(io.input, {
    signal: out.gone,
    maxBytes: options.max_request_size_bytes,
    onLine: (line) => server.receive(line),
    onTooLong: (bytes) => {
      log.warn("Message was too large", { bytes });
      server.tooLarge();
    },
  });
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, LAST_ANSWERS_MS);
  gateway.endSubscriptions();
  await Promise.race([server.answered(), late]);
  clearTimeout(timer);
  await server.end();
  await out.written();
}

/** Lines on their way to the client; given up where it does not read them. */
class ClientPipe {
  readonly #io: StdioPipes;
  readonly #log: Log;
  readonly #gone = new AbortController();
  #waiting = "";
  #writing: Promise<void> | undefined;

  constructor(io: StdioPipes, log: Log) {
    this.#io = io;
    this.#log = log;
  }

  /** Fires when the client is given up. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  write(line: string): void {
    if (this.#gone.signal.aborted) return;
    this.#waiting += line + "\n";
    // As over HTTP: a client that lets this much pile up does not read any more.
    if (this.#waiting.length > MAX_UNREAD_CHARS) {
      return this.#giveUp(`${this.#waiting.length} characters are unread`);
    }
    this.#writing ??= this.#drain();
  }

  /** Resolves when the client has everything, or is given up. */
  async written(): Promise<void> {
    if (!this.#gone.signal.aborted) await this.#writing;
  }

  async #drain(): Promise<void> {
    // What one turn of the event loop writes goes out in one piece.
    await Promise.resolve();
    while (this.#waiting !== "") {
      const text = this.#waiting;
      this.#waiting = "";
      try {
        await this.#io.write(text);
      } catch (error) {
        this.#giveUp(error instanceof Error ? error.message : String(error));
      }
    }
    this.#writing = undefined;
  }

  #giveUp(why: string): void {
    this.#log.warn("Client does not read its answers", { why });
    this.#waiting = "";
    this.#gone.abort();
  }
}
