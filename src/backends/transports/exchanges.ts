import type { Frame, RequestFrame } from "../../mcp/frames.ts";
import { TransportError } from "./transport.ts";

/** Nobody abandons a notification or a response, so their delivery has a limit of its own. */
const ONE_WAY_MS = 30_000;

/** The HTTP exchanges that a transport has under way, each with the signal that ends it. */
export class Exchanges {
  /** Requests by their id, others by themselves. */
  readonly #controllers = new Map<unknown, AbortController>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #oneWayMs: number;
  #isClosed = false;

  /** `oneWayMs` limits the delivery of what is no request. */
  constructor(oneWayMs = ONE_WAY_MS) {
    this.#oneWayMs = oneWayMs;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Does what delivers a frame. Resolves also when the frame was abandoned; rejects with {@link TransportError}. */
  async deliver(frame: Frame, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#isClosed) throw closedError(false);
    const controller = new AbortController();
    const isRequest = frame.kind === "request";
    const key = isRequest ? frame.id : controller;
    this.#controllers.set(key, controller);
    const timer = isRequest ? undefined : setTimeout(() => controller.abort(), this.#oneWayMs);
    try {
      await this.track(work(controller.signal));
    } catch (error) {
      if (this.#isClosed) throw closedError(true);
      if (!controller.signal.aborted) throw error;
      if (isRequest) return;
      throw new TransportError(`No answer within ${this.#oneWayMs} ms`, { sent: true });
    } finally {
      clearTimeout(timer);
      this.#controllers.delete(key);
    }
  }

  /** Ends the exchange of a request, if there is one. */
  abandon(id: RequestFrame["id"]): void {
    this.#controllers.get(id)?.abort();
  }

  /** Lets `close()` wait for work that ends by itself once the transport closes. */
  track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    const forget = () => void this.#running.delete(work);
    work.then(forget, forget);
    return work;
  }

  /** Ends all exchanges and resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const controller of this.#controllers.values()) controller.abort();
    await Promise.allSettled(this.#running);
  }
}

/** The error for a message that a transport does not, or no longer, carry. */
export function closedError(sent: boolean): TransportError {
  return new TransportError("Transport is closed", { sent });
}
