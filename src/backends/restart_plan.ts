import type { Restarts } from "./options.ts";

/** When a server that failed is tried again: exponential waits with jitter, forgotten once it has been up for a while. */
export class RestartPlan {
  readonly #options: Restarts;
  readonly #now: () => number;
  #failures = 0;
  #upSince: number | undefined;

  /** @param now milliseconds; default `performance.now` */
  constructor(options: Restarts, now: () => number = () => performance.now()) {
    this.#options = options;
    this.#now = now;
  }

  up(): void {
    this.#upSince = this.#now();
  }

  /** Notes a failure and says how long to wait before the next attempt. */
  failed(): { readonly waitMs: number; readonly isCrashLoop: boolean } {
    const { stable_seconds, min_delay_seconds, max_delay_seconds, crash_loop_after } =
      this.#options;
    if (this.#upSince !== undefined && this.#now() - this.#upSince >= stable_seconds * 1000) {
      this.#failures = 0;
    }
    this.#upSince = undefined;
    this.#failures++;
    const isCrashLoop = this.#failures >= crash_loop_after;
    const seconds = isCrashLoop
      ? max_delay_seconds
      : Math.min(min_delay_seconds * 2 ** (this.#failures - 1), max_delay_seconds);
    // Jitter of a quarter either way, so that many servers that failed together do not return together.
    return { waitMs: seconds * 1000 * (0.75 + Math.random() / 2), isCrashLoop };
  }
}
