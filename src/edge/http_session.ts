import { encodeFrame } from "../mcp/frames.ts";
import type { Desk } from "./desk.ts";
import type { KeptBudget } from "./kept_budget.ts";
import type { MessageSink } from "./lazy_reply.ts";
import { parseEventId, ResumableStream } from "./resumable_stream.ts";
import { Session } from "./session.ts";
import { type KeepAlive, SseStream } from "./sse_stream.ts";

/** The stream of messages that belong to no request. */
const GENERAL = "g";
/** How long the rest of a finished stream waits for its client, and how much all of a session's may hold. */
const KEEP_MS = 120_000;
const MAX_KEPT_STREAMS = 64;
const MAX_KEPT_CHARS = 16 * 1024 * 1024;

/** What the streams of all sessions share. */
export interface StreamNeeds {
  readonly keepAlive: KeepAlive;
  readonly budget: KeptBudget;
}

/** A session over Streamable HTTP: its streams, each of which a client may come back to. */
export class HttpSession {
  readonly id = newSessionId();
  readonly session: Session;
  readonly #keepAlive: KeepAlive;
  readonly #streams = new Map<string, ResumableStream>();
  readonly #budget: KeptBudget;
  readonly #general: ResumableStream;
  #lastStream = 0;
  /** In `performance.now()` milliseconds. */
  lastSeen = performance.now();

  constructor(desk: Desk, scope: string | undefined, streams: StreamNeeds) {
    this.#keepAlive = streams.keepAlive;
    this.#budget = streams.budget;
    this.#general = new ResumableStream(GENERAL, this.#budget);
    this.#streams.set(GENERAL, this.#general);
    this.session = new Session({
      desk,
      scope,
      notify: (frame) => this.#general.send(encodeFrame(frame)),
    });
  }

  get isBusy(): boolean {
    return this.#general.isAttached || this.session.requestsUnderWay > 0;
  }

  /** A stream for the messages of one request. */
  openStream(): MessageSink {
    this.forgetOldStreams();
    const stream = new ResumableStream(`s${++this.#lastStream}`, this.#budget);
    this.#streams.set(stream.name, stream);
    const connection = this.#connect(stream);
    // Clients of older revisions take an event without data for a broken message.
    if (this.session.version >= "2025-11-25") stream.prime();
    return {
      send: (text) => stream.send(text),
      end: () => stream.end(),
      response: () => connection.response({ "mcp-session-id": this.id }),
    };
  }

  /** The stream that a GET asks for: the general one, or the rest of the one it names. */
  resume(lastEventId: string | undefined): Response | undefined {
    const last = lastEventId === undefined
      ? { stream: GENERAL, number: undefined }
      : parseEventId(lastEventId);
    const stream = last === undefined ? undefined : this.#streams.get(last.stream);
    if (last === undefined || stream === undefined) return undefined;
    return this.#connect(stream, last.number).response({ "mcp-session-id": this.id });
  }

  end(): void {
    this.session.end();
    for (const stream of this.#streams.values()) {
      stream.end();
      stream.forget();
    }
    this.#streams.clear();
  }

  /** Gives up all that is kept for a client that may come back. */
  forgetKept(): void {
    for (const stream of this.#streams.values()) {
      stream.forget();
      if (stream.isEnded) this.#streams.delete(stream.name);
    }
  }

  #connect(stream: ResumableStream, lastNumber?: number): SseStream {
    const connection = new SseStream(this.#keepAlive, () => stream.detach(connection));
    stream.attach(connection, lastNumber);
    return connection;
  }

  /** Gives up finished streams that nobody came back for in time, and the oldest of those that hold too much. */
  forgetOldStreams(): void {
    const oldest = performance.now() - KEEP_MS;
    const finished = [...this.#streams.values()].filter(({ isEnded }) => isEnded);
    let keptChars = finished.reduce((sum, stream) => sum + stream.keptChars, 0);
    for (const stream of finished) {
      const isTooMuch = this.#streams.size > MAX_KEPT_STREAMS || keptChars > MAX_KEPT_CHARS;
      if (!isTooMuch && (stream.detachedAt ?? Infinity) >= oldest) continue;
      this.#streams.delete(stream.name);
      keptChars -= stream.keptChars;
      stream.forget();
    }
  }
}

/** 256 random bits. */
function newSessionId(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}
