import { setImmediate } from "node:timers";
import { TransportError } from "./transport.ts";

interface Waiting {
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: TransportError) => void;
}

/** Writes texts in order, many at a time, and refuses more than a reader that has stopped reading may owe. */
export class WriteQueue {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #maxBytes: number;
  readonly #encoder = new TextEncoder();
  #waiting: Waiting[] = [];
  #queuedBytes = 0;
  #isWriting = false;
  #closed = false;

  constructor(stream: WritableStream<Uint8Array>, maxBytes: number) {
    this.#writer = stream.getWriter();
    this.#writer.closed.catch(() => {});
    this.#maxBytes = maxBytes;
  }

  /** Resolves when the text has been handed to the pipe. */
  write(text: string): Promise<void> {
    if (this.#closed) {
      return Promise.reject(new TransportError("Process is not running", { sent: false }));
    }
    if (this.#queuedBytes + text.length > this.#maxBytes && this.#queuedBytes > 0) {
      return Promise.reject(
        new TransportError(
          `Process does not read its input: ${this.#queuedBytes} bytes are waiting`,
          {
            sent: false,
            kind: "overloaded",
          },
        ),
      );
    }
    this.#queuedBytes += text.length;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ text, resolve, reject });
    if (!this.#isWriting) this.#drain();
    return promise;
  }

  /** Closes the pipe, after what is being written; what waits behind that is rejected. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#rejectWaiting();
    this.#writer.close().catch(() => {});
  }

  async #drain(): Promise<void> {
    this.#isWriting = true;
    // When all that has arrived by now has been looked at: calls that came at the same time then share a write, which
    // costs more than all the rest of passing a call on.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const text = batch.length === 1 ? batch[0]!.text : batch.map((item) => item.text).join("");
      try {
        await this.#writer.write(this.#encoder.encode(text));
        for (const item of batch) item.resolve();
      } catch {
        // How much of it the pipe took is not known.
        for (const item of batch) {
          item.reject(new TransportError("Process closed its input", { sent: true }));
        }
        this.#closed = true;
        this.#rejectWaiting();
      }
      this.#queuedBytes -= text.length;
    }
    this.#isWriting = false;
  }

  #rejectWaiting(): void {
    for (const item of this.#waiting) {
      this.#queuedBytes -= item.text.length;
      item.reject(new TransportError("Process is not running", { sent: false }));
    }
    this.#waiting = [];
  }
}
