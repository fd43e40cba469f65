import { decodeFrame, type Frame, type ResponseFrame } from "../../mcp/frames.ts";
import { parseJson } from "../../mcp/json.ts";
import {
  EventStreamParser,
  EventTooLargeError,
  type StreamCursor,
  type StreamEvent,
} from "./event_stream.ts";
import type { HttpAnswer } from "./http_client.ts";
import { TransportError, type TransportEvents } from "./transport.ts";
import { Turns } from "./turns.ts";

const NOISE_LENGTH = 200;

export interface FrameReaderOptions {
  /** Where frames and noise go. */
  readonly events: Pick<TransportEvents, "onFrame" | "onNoise">;
  /** The request whose own answer is read; undefined for what belongs to none. */
  readonly origin?: number | undefined;
  /** Once aborted, nothing more is passed on. */
  readonly signal: AbortSignal;
  /** Largest message of a stream, in characters. */
  readonly maxMessageLength: number;
  /** Takes an event that is no message; false leaves it to be noise. Default: takes none. */
  readonly takesEvent?: (event: StreamEvent) => boolean;
}

/** Turns HTTP bodies into frames. */
export class FrameReader {
  readonly #options: FrameReaderOptions;
  #isAnswered = false;

  constructor(options: FrameReaderOptions) {
    this.#options = options;
  }

  /** True once the response to `origin` was passed on. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /**
   * Passes on what a JSON text holds: a frame, or (2025-03-26 had batches) an array of them.
   *
   * @throws {TransportError} when it is broken in a way that leaves `origin` without a response
   */
  takeText(text: string): void {
    let value: unknown;
    try {
      value = parseJson(text);
    } catch {
      return this.#noise(text);
    }
    for (const item of Array.isArray(value) ? value : [value]) this.#takeValue(item, text);
  }

  /**
   * Reads an event stream until it ends or the response to `origin` was in it; true when it was. A stream that breaks
   * has ended: what can be done next is the same.
   *
   * @throws {TransportError} when resuming would be of no use
   */
  async readStream(answer: HttpAnswer, cursor: StreamCursor): Promise<boolean> {
    const parser = new EventStreamParser({
      maxEventLength: this.#options.maxMessageLength,
      cursor,
      onNoise: (line) => this.#noise(line),
    });
    try {
      const turns = new Turns();
      for (;;) {
        await turns.next();
        const chunk = await answer.read().catch(() => undefined);
        if (chunk === undefined || this.#options.signal.aborted) return this.#isAnswered;
        for (const event of parser.push(chunk)) {
          // An event without data only carries its id (2025-11-25 transports, Sending Messages, 6).
          if (event.type === "message") {
            if (event.data !== "") this.takeText(event.data);
          } else if (this.#options.takesEvent?.(event) !== true) {
            this.#noise(`event: ${event.type}`);
          }
          if (this.#isAnswered) return true;
        }
      }
    } catch (error) {
      if (!(error instanceof EventTooLargeError)) throw error;
      throw new TransportError(error.message, { sent: true, status: answer.status });
    } finally {
      answer.discard();
    }
  }

  /** The response in the body of an answer whose status says no: to `origin`, or to no id in particular. */
  responseIn(text: string): ResponseFrame | undefined {
    const { origin } = this.#options;
    if (origin === undefined) return undefined;
    try {
      const frame = decodeFrame(parseJson(text));
      const isOurs = frame.kind === "response" && (frame.id ?? origin) === origin;
      return isOurs ? frame : undefined;
    } catch {
      return undefined;
    }
  }

  /** Passes a frame on; a response that names no request answers the one whose stream this is. */
  pass(frame: Frame): void {
    const { origin, signal, events } = this.#options;
    if (signal.aborted) return;
    if (frame.kind !== "response" || origin === undefined) return events.onFrame(frame, origin);
    const id = frame.id ?? origin;
    if (id === origin) this.#isAnswered = true;
    events.onFrame({ ...frame, id }, origin);
  }

  #takeValue(value: unknown, text: string): void {
    const { origin } = this.#options;
    const frame = decodeFrame(value);
    if (frame.kind === "invalid") {
      this.#noise(text);
      if (origin === undefined || frame.id !== origin) return;
      const why = `Server answered with a broken response: ${frame.why}`;
      throw new TransportError(why, { sent: true, kind: "invalid" });
    }
    this.pass(frame);
  }

  #noise(text: string): void {
    if (!this.#options.signal.aborted) this.#options.events.onNoise(text.slice(0, NOISE_LENGTH));
  }
}
