import { SAFE_HEADERS } from "./refuse.ts";

const encoder = new TextEncoder();
const COMMENT = encoder.encode(":\n\n");
/** A client that lets this much pile up does not read; its stream is closed. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

/** Sends a comment to every open stream that has been silent for a while, so that nothing on the way closes it. */
export class KeepAlive {
  readonly #streams = new Set<SseStream>();
  readonly #intervalMs: number;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  add(stream: SseStream): void {
    this.#streams.add(stream);
    this.#timer ??= setInterval(() => {
      for (const open of this.#streams) open.keepAlive();
    }, this.#intervalMs);
  }

  remove(stream: SseStream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Closes every stream. */
  close(): void {
    for (const stream of [...this.#streams]) stream.end();
  }
}

export interface SseEvent {
  readonly data: string;
  readonly id?: string | undefined;
  readonly event?: string | undefined;
}

/** One response of Server-Sent Events. */
export class SseStream {
  readonly #keepAlive: KeepAlive;
  readonly #onClosed: () => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isSilent = true;
  readonly body: ReadableStream<Uint8Array>;

  /** @param onClosed called once when the client goes away, or does not read; not after `end()` */
  constructor(keepAlive: KeepAlive, onClosed: () => void) {
    this.#keepAlive = keepAlive;
    this.#onClosed = onClosed;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => this.#gone(),
    }, { highWaterMark: 64 * 1024, size: (chunk) => chunk.length });
    keepAlive.add(this);
  }

  get isOpen(): boolean {
    return this.#controller !== undefined;
  }

  /** The response that carries this stream. */
  response(headers: Readonly<Record<string, string>> = {}): Response {
    return new Response(this.body, {
      headers: {
        ...SAFE_HEADERS,
        "content-type": "text/event-stream",
        // Tells nginx and its like not to hold events back.
        "x-accel-buffering": "no",
        ...headers,
      },
    });
  }

  send({ data, id, event }: SseEvent): void {
    let text = event === undefined ? "" : `event: ${event}\n`;
    if (id !== undefined) text += `id: ${id}\n`;
    this.#write(encoder.encode(`${text}data: ${data}\n\n`));
    this.#isSilent = false;
  }

  keepAlive(): void {
    if (this.#isSilent) this.#write(COMMENT);
    this.#isSilent = true;
  }

  end(): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    this.#controller = undefined;
    this.#keepAlive.remove(this);
    controller.close();
  }

  #write(bytes: Uint8Array): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    // Looked at before there is more, so that one message may be larger than that.
    if ((controller.desiredSize ?? 0) < -MAX_UNREAD_BYTES) {
      this.#gone();
      controller.error(new Error("Client does not read"));
      return;
    }
    controller.enqueue(bytes);
  }

  #gone(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.#keepAlive.remove(this);
    this.#onClosed();
  }
}
