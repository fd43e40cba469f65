import { Utf8Decoder } from "./utf8.ts";

/** One event of a `text/event-stream` (HTML Standard, server-sent events). */
export interface StreamEvent {
  /** The `event` field; `message` where there was none. */
  readonly type: string;
  /** The `data` lines, joined by newlines. */
  readonly data: string;
}

/** Where a stream was left, to be carried over to the connection that resumes it. */
export interface StreamCursor {
  /** Id of the last complete event; empty where the server sends none. */
  lastEventId: string;
  /** The server's `retry` field, in milliseconds. */
  retryMs: number | undefined;
  /** Events seen so far, those that carry only an id included. */
  events: number;
}

/** The cursor of a stream never read from. */
export function freshCursor(): StreamCursor {
  return { lastEventId: "", retryMs: undefined, events: 0 };
}

/** Thrown for an event, or a line, larger than allowed. */
export class EventTooLargeError extends Error {
  override readonly name = "EventTooLargeError";
}

export interface EventStreamOptions {
  /** Largest event, in UTF-16 units, which are never more than its bytes. */
  readonly maxEventLength: number;
  /** Kept up to date while events are read. Default: a fresh one. */
  readonly cursor?: StreamCursor;
  /** Told of lines that are no field of an event. */
  readonly onNoise?: (line: string) => void;
}

/** Reads `text/event-stream` bytes in pieces of any size, cut anywhere. */
export class EventStreamParser {
  readonly cursor: StreamCursor;
  readonly #maxLength: number;
  readonly #onNoise: (line: string) => void;
  readonly #decoder = new Utf8Decoder();
  #skipLineFeed = false;
  #partialLine = "";
  #type = "";
  #data: string | undefined;
  #id: string;

  constructor(options: EventStreamOptions) {
    this.cursor = options.cursor ?? freshCursor();
    this.#id = this.cursor.lastEventId;
    this.#maxLength = options.maxEventLength;
    this.#onNoise = options.onNoise ?? (() => {});
  }

  /**
   * Takes the next bytes and returns the events they complete. What follows the last blank line is kept for later; at
   * the end of the stream it is not an event and is forgotten.
   *
   * @throws {EventTooLargeError}
   */
  push(chunk: Uint8Array): StreamEvent[] {
    const events: StreamEvent[] = [];
    const text = this.#decoder.decode(chunk);
    let from = 0;
    if (this.#skipLineFeed && text !== "") {
      this.#skipLineFeed = false;
      if (text.startsWith("\n")) from = 1;
    }
    let nextReturn = text.indexOf("\r", from);
    for (;;) {
      const lineFeed = text.indexOf("\n", from);
      const byReturn = nextReturn !== -1 && (lineFeed === -1 || nextReturn < lineFeed);
      const end = byReturn ? nextReturn : lineFeed;
      if (end === -1) break;
      const line = this.#partialLine + text.slice(from, end);
      this.#partialLine = "";
      from = end + 1;
      if (byReturn) {
        // The line ends here even when a line feed is still to come, be it in the next chunk.
        if (from === text.length) this.#skipLineFeed = true;
        else if (text.charCodeAt(from) === 0x0a) from++;
        nextReturn = text.indexOf("\r", from);
      }
      this.#takeLine(line, events);
    }
    this.#partialLine += text.slice(from);
    this.#checkSize();
    return events;
  }

  #takeLine(line: string, events: StreamEvent[]): void {
    if (line === "") return this.#endEvent(events);
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const skip = line.charCodeAt(colon + 1) === 0x20 ? 2 : 1;
    const value = colon === -1 ? "" : line.slice(colon + skip);
    switch (field) {
      case "data":
        this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
        this.#checkSize();
        break;
      case "event":
        this.#type = value;
        break;
      case "id":
        if (!value.includes("\0")) this.#id = value;
        break;
      case "retry":
        if (/^\d{1,15}$/.test(value)) this.cursor.retryMs = Number(value);
        break;
      default:
        this.#onNoise(line);
    }
  }

  #endEvent(events: StreamEvent[]): void {
    this.cursor.lastEventId = this.#id;
    if (this.#data !== undefined) {
      this.cursor.events++;
      events.push({ type: this.#type || "message", data: this.#data });
    }
    this.#type = "";
    this.#data = undefined;
  }

  #checkSize(): void {
    if (this.#partialLine.length + (this.#data?.length ?? 0) > this.#maxLength) {
      throw new EventTooLargeError(`Event is larger than ${this.#maxLength} characters`);
    }
  }
}
