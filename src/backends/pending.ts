import type { JsonObject, ResponseFrame } from "../mcp/frames.ts";
import { numberOf } from "../mcp/json.ts";
import type { LogWish, McpEvent } from "../mcp/message.ts";

/** How a request ended: what the server answered. */
export type Outcome = ResponseFrame["outcome"];

/** How a question of a 2025 server reaches the client whose call caused it. */
export interface Asker {
  readonly conversation: string;
  /** Whether all calls of the conversation are of one client. */
  readonly hasSession: boolean;
  /** Whether an answer of the client is being waited for already. */
  readonly isWaiting: boolean;
  /** What the client can be asked, now. */
  readonly capabilities: JsonObject;
  /** "ended" when the call did before the client was asked. */
  ask(question: JsonObject, withdrawn: AbortSignal): Promise<Outcome | "ended">;
}

/** A request that has not been answered. */
export interface Pending {
  readonly id: number;
  readonly method: string;
  readonly emit: (event: McpEvent) => void;
  readonly logs: LogWish;
  /** Puts a server's question to the caller; undefined where nobody can be asked. */
  readonly ask: Asker | undefined;
  /** Milliseconds of silence after which it is given up; progress starts them anew. */
  readonly silenceMs: number;
  /** Milliseconds after which it is given up whatever happens. */
  readonly maxMs: number;
  /** The moment of that, in `performance.now()` milliseconds; later by the time that questions waited for answers. */
  lastMoment: number;
  deadline: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The requests of one connection that wait for an answer, with one timer for all of their deadlines. Ids count up and
 * are never reused, so that a late or doubled answer can belong to nobody else.
 */
export class PendingTable {
  readonly #entries = new Map<number, Pending>();
  readonly #onExpired: (pending: Pending) => void;
  /** Requests about which questions are open: how many, and since when. */
  readonly #paused = new Map<Pending, { questions: number; readonly since: number }>();
  #lastId = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Infinity;
  #less: PromiseWithResolvers<void> | undefined;

  constructor(onExpired: (pending: Pending) => void) {
    this.#onExpired = onExpired;
  }

  get size(): number {
    return this.#entries.size;
  }

  nextId(): number {
    return ++this.#lastId;
  }

  add(pending: Pending): void {
    this.#entries.set(pending.id, pending);
    if (pending.deadline < this.#timerAt) this.#arm(pending.deadline);
  }

  /** The request with this id; servers that turn a number into its text or into `1.0` are understood. */
  get(id: unknown): Pending | undefined {
    if (typeof id === "string" && /^\d{1,15}$/.test(id)) return this.#entries.get(Number(id));
    const number = numberOf(id);
    return number === undefined ? undefined : this.#entries.get(number);
  }

  /** The only request that is to be answered soon, so not a subscription; undefined when there are none or several. */
  only(): Pending | undefined {
    let only: Pending | undefined;
    for (const pending of this.#entries.values()) {
      if (pending.method === "subscriptions/listen") continue;
      if (only !== undefined) return undefined;
      only = pending;
    }
    return only;
  }

  take(id: unknown): Pending | undefined {
    const pending = this.get(id);
    if (pending !== undefined) this.#remove(pending);
    return pending;
  }

  /** Resolves when a request has ended, or the signal fires. */
  async oneLess(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#less ??= Promise.withResolvers<void>();
    const { promise } = this.#less;
    const onAbort = () => this.#tellLess();
    signal.addEventListener("abort", onAbort, { once: true });
    await promise;
    signal.removeEventListener("abort", onAbort);
  }

  #remove(pending: Pending): void {
    this.#entries.delete(pending.id);
    this.#tellLess();
  }

  #tellLess(): void {
    this.#less?.resolve();
    this.#less = undefined;
  }

  /** Gives a request that shows signs of life its full time of silence again. */
  refresh(pending: Pending): void {
    if (this.#paused.has(pending)) return;
    pending.deadline = Math.min(performance.now() + pending.silenceMs, pending.lastMoment);
    if (pending.deadline < this.#timerAt) this.#arm(pending.deadline);
  }

  /** Stops the clock of a request whose caller is being asked something, until the answer is there. */
  pause(pending: Pending): void {
    const paused = this.#paused.get(pending) ?? { questions: 0, since: performance.now() };
    paused.questions++;
    this.#paused.set(pending, paused);
    pending.deadline = Infinity;
  }

  /** Starts the clock again when no question is open any more; the time in between does not count. */
  resume(pending: Pending): void {
    const paused = this.#paused.get(pending);
    if (paused === undefined || --paused.questions > 0) return;
    this.#paused.delete(pending);
    pending.lastMoment += performance.now() - paused.since;
    if (this.#entries.has(pending.id)) this.refresh(pending);
  }

  /**
   * Whose call on a shared channel a question must be about: the oldest that can be asked and has not been, as long as
   * all that can are of one conversation. Where that is no session, its calls may be of different clients, and there
   * must be no choice.
   */
  asked(): Pending | "nobody" | "several" {
    const all = this.#entries.values().filter(({ ask }) => ask !== undefined).toArray();
    const [oldest = "nobody"] = all;
    if (oldest === "nobody") return oldest;
    if (all.some(({ ask }) => ask?.conversation !== oldest.ask?.conversation)) return "several";
    const unasked = all.filter(({ ask }) => ask?.isWaiting === false);
    const likely = unasked.length > 0 ? unasked : all;
    if (likely.length > 1 && oldest.ask?.hasSession === false) return "several";
    return likely[0] ?? "nobody";
  }

  /** Ends all of them with the same error and stops the timer. */
  failAll(error: (pending: Pending) => unknown): void {
    this.#disarm();
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    this.#tellLess();
    for (const pending of entries) pending.reject(error(pending));
  }

  #arm(at: number): void {
    this.#disarm();
    this.#timerAt = at;
    // Timers beyond 2^31 ms fire at once; looking again once a day is enough.
    this.#timer = setTimeout(
      () => this.#expire(),
      Math.min(Math.max(at - performance.now(), 1), 86_400_000),
    );
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Infinity;
  }

  #expire(): void {
    this.#disarm();
    const now = performance.now();
    let next = Infinity;
    for (const pending of [...this.#entries.values()]) {
      if (pending.deadline > now) next = Math.min(next, pending.deadline);
      else {
        this.#remove(pending);
        this.#onExpired(pending);
      }
    }
    if (next < Infinity) this.#arm(Math.min(next, this.#timerAt));
  }
}
