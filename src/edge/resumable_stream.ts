import type { KeptBudget } from "./kept_budget.ts";
import type { SseStream } from "./sse_stream.ts";

/** Most that is kept of one stream for a client that comes back. */
const MAX_KEPT_CHARS = 4 * 1024 * 1024;
const MAX_KEPT_EVENTS = 1000;

interface Kept {
  readonly number: number;
  readonly text: string;
}

/**
 * The events of one stream of one session, kept for a while so that a client whose connection broke can have the rest
 * (2025-11-25 basic/transports, Resumability and Redelivery). Ids are `<stream>-<number>`, unique in the session.
 */
export class ResumableStream {
  readonly name: string;
  readonly #budget: KeptBudget;
  #kept: Kept[] = [];
  #keptChars = 0;
  #lastNumber = 0;
  /** The last event that went into a connection. */
  #lastSent = 0;
  #attached: SseStream | undefined;
  #isEnded = false;
  /** When it ended or its connection was lost, in `performance.now()` milliseconds; undefined while it is attached. */
  detachedAt: number | undefined = performance.now();

  constructor(name: string, budget: KeptBudget) {
    this.name = name;
    this.#budget = budget;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get isAttached(): boolean {
    return this.#attached !== undefined;
  }

  get keptChars(): number {
    return this.#keptChars;
  }

  send(data: string): void {
    const number = ++this.#lastNumber;
    this.#kept.push({ number, text: data });
    let change = data.length;
    while (
      this.#kept.length > MAX_KEPT_EVENTS ||
      (this.#keptChars + change > MAX_KEPT_CHARS && this.#kept.length > 1)
    ) {
      change -= this.#kept.shift()!.text.length;
    }
    this.#keptChars += change;
    if (this.#attached !== undefined) this.#sendKept(this.#attached, { number, text: data });
    this.#budget.add(change);
  }

  /** Keeps nothing of what was said so far. */
  forget(): void {
    this.#budget.add(-this.#keptChars);
    this.#kept = [];
    this.#keptChars = 0;
  }

  end(): void {
    this.#isEnded = true;
    this.detachedAt = performance.now();
    this.#attached?.end();
    this.#attached = undefined;
  }

  /**
   * Continues on this connection, behind the event with this number, or for a client that names none with what no
   * connection has carried yet; an older connection ends.
   */
  attach(stream: SseStream, lastNumber = this.#lastSent): void {
    this.#attached?.end();
    this.#attached = stream;
    this.detachedAt = undefined;
    for (const kept of this.#kept) {
      if (kept.number > lastNumber) this.#sendKept(stream, kept);
    }
    if (this.#isEnded) this.end();
  }

  /** Tells the client an id to come back with, before there is any message (2025-11-25). */
  prime(): void {
    this.#attached?.send({ id: this.#id(this.#lastNumber), data: "" });
  }

  detach(stream: SseStream): void {
    if (this.#attached !== stream) return;
    this.#attached = undefined;
    this.detachedAt = performance.now();
  }

  #sendKept(stream: SseStream, { number, text }: Kept): void {
    stream.send({ id: this.#id(number), data: text });
    this.#lastSent = Math.max(this.#lastSent, number);
  }

  #id(number: number): string {
    return `${this.name}-${number}`;
  }
}

/** Takes a `Last-Event-ID` apart; undefined for one that is not ours. */
export function parseEventId(
  id: string,
): { readonly stream: string; readonly number: number } | undefined {
  const match = /^([a-z0-9]+)-(\d{1,15})$/.exec(id);
  return match === null ? undefined : { stream: match[1]!, number: Number(match[2]) };
}
