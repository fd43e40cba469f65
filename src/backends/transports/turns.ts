import { setImmediate } from "node:timers";

/** How long a server that never stops talking may keep everything else waiting. */
const TURN_MS = 10;

/**
 * Gives timers, signals and other connections their turn. Reading what is there already never leaves the queue of
 * microtasks, so that a loop that reads can keep the whole program from doing anything else.
 */
export class Turns {
  #since = performance.now();

  /** Resolves at once, or after one turn of the event loop where this one has lasted long enough. */
  async next(): Promise<void> {
    if (performance.now() - this.#since < TURN_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#since = performance.now();
  }
}
