import { type Load, measure } from "./load.ts";
import { echoCall, type Era, FIRST_ID, HANDSHAKE_2025, Template } from "./messages.ts";
import type { Processes } from "./processes.ts";

export interface StdioLoadOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly era: Era;
  readonly inFlight: number;
}

/** Calls a stdio server of its own, the way a client without a gateway does. */
export async function stdioLoad(
  processes: Processes,
  { command, args, era, inFlight }: StdioLoadOptions,
): Promise<Load> {
  const child = processes.spawn(command, args, { stdin: "piped", stderr: "null" });
  const writer = child.stdin.getWriter();
  const lines = new Lines(child.stdout);
  const template = new Template(`${echoCall(era, "echo")}\n`);
  let lastId = FIRST_ID;
  if (era === "2025") {
    await writer.write(new TextEncoder().encode(`${HANDSHAKE_2025.join("\n")}\n`));
    await lines.next();
  }

  /** Makes calls until the time is over, then reads the answers that are still to come. */
  async function run(until: number, answered: (since: number) => void): Promise<void> {
    const began = new Map<number, number>();
    let wanted = inFlight;
    do {
      const now = performance.now();
      const batch = new Uint8Array(wanted * template.bytes.length);
      for (let n = 0; n < wanted; n++) {
        template.setId(++lastId);
        batch.set(template.bytes, n * template.bytes.length);
        began.set(lastId, now);
      }
      if (wanted > 0) await writer.write(batch);
      const answers = await lines.next();
      for (const line of answers) {
        const id = Number(/"id":(\d+)/.exec(line)?.[1]);
        const since = began.get(id);
        if (since === undefined || !line.includes('"content"')) {
          throw new Error(`Unexpected answer: ${line.slice(0, 500)}`);
        }
        began.delete(id);
        answered(since);
      }
      wanted = performance.now() < until ? answers.length : 0;
    } while (wanted > 0 || began.size > 0);
  }

  return {
    pid: child.pid,
    round: (ms) => measure(ms, run),
    async [Symbol.asyncDispose]() {
      await writer.close().catch(() => {});
      await processes.end(child);
      await lines.cancel();
    },
  };
}

class Lines {
  readonly #reader: ReadableStreamBYOBReader;
  readonly #decoder = new TextDecoder();
  #buffer = new ArrayBuffer(64 * 1024);
  #rest = "";

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader({ mode: "byob" });
  }

  /** The lines that have come since; waits for at least one. */
  async next(): Promise<readonly string[]> {
    for (;;) {
      const { value } = await this.#reader.read(new Uint8Array(this.#buffer));
      if (value === undefined || value.length === 0) throw new Error("Server ended");
      const text = this.#rest + this.#decoder.decode(value, { stream: true });
      this.#buffer = value.buffer as ArrayBuffer; // handed over above, and handed back
      const lines = text.split("\n");
      this.#rest = lines.pop() ?? "";
      if (lines.length > 0) return lines;
    }
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}
