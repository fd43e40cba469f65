import { Turns } from "./turns.ts";

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
const HEAD_BYTES = 256;

export interface LineReader {
  /** A longer line is left out and reported to `onTooLong`. */
  readonly maxBytes: number;
  readonly onLine: (line: string) => void;
  /** `head` is how the line begins. */
  readonly onTooLong: (bytes: number, head: string) => void;
  /** Ends the reading as the end of the stream would. */
  readonly signal?: AbortSignal;
}

/** Reads lines until the stream ends or breaks; never rejects. A carriage return before the newline is dropped. */
export async function readLines(
  stream: ReadableStream<Uint8Array>,
  options: LineReader,
): Promise<void> {
  const lines = new LineSplitter(options);
  // A buffer of our own, handed back and forth, keeps the garbage collector out of the hot path.
  const reader = stream.getReader({ mode: "byob" });
  const stop = () => void reader.cancel().catch(() => {});
  options.signal?.addEventListener("abort", stop, { once: true });
  let buffer = new ArrayBuffer(CHUNK_BYTES);
  const turns = new Turns();
  try {
    while (true) {
      await turns.next();
      const { value, done } = await reader.read(new Uint8Array(buffer));
      if (value !== undefined) {
        lines.push(value);
        buffer = value.buffer as ArrayBuffer;
      }
      if (done) break;
    }
  } catch {
    // A broken pipe ends a stream like any other end.
  } finally {
    options.signal?.removeEventListener("abort", stop);
    reader.releaseLock();
  }
  lines.end();
}

/** Cuts chunks of bytes into lines of text. */
class LineSplitter {
  readonly #options: LineReader;
  readonly #decoder = new TextDecoder();
  /** Pieces of the line that has begun. */
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** How a line begins that is already too long. */
  #head = "";

  constructor(options: LineReader) {
    this.#options = options;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    while (true) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      this.#finish(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  end(): void {
    if (this.#bytes > 0) this.#finish(new Uint8Array(0));
  }

  #keep(piece: Uint8Array): void {
    this.#bytes += piece.length;
    if (this.#bytes <= this.#options.maxBytes) {
      this.#pieces.push(piece.slice());
    } else if (this.#head === "") {
      this.#head = this.#decoder.decode((this.#pieces[0] ?? piece).subarray(0, HEAD_BYTES));
      this.#pieces = [];
    }
  }

  #finish(last: Uint8Array): void {
    const bytes = this.#bytes + last.length;
    const { maxBytes, onLine, onTooLong } = this.#options;
    let line: Uint8Array | undefined = last;
    if (bytes > maxBytes) line = undefined;
    else if (this.#pieces.length > 0) line = join([...this.#pieces, last], bytes);
    this.#pieces = [];
    this.#bytes = 0;
    if (line === undefined) {
      onTooLong(bytes, this.#head);
      this.#head = "";
      return;
    }
    const isCrLf = line.length > 0 && line[line.length - 1] === 0x0d;
    onLine(this.#decoder.decode(isCrLf ? line.subarray(0, -1) : line));
  }
}

function join(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
