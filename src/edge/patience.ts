/** What is to be done if something takes too long. */
export interface Waiting {
  readonly since: number;
  readonly onLate: () => void;
}

/** Tells those that wait too long, with one timer for all of them: most never wait that long, and a timer each costs. */
export class Patience {
  readonly #limitMs: number;
  /** Longest waiting first, as all wait equally long. */
  readonly #waiting = new Set<Waiting>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  add(onLate: () => void): Waiting {
    const waiting = { since: performance.now(), onLate };
    this.#waiting.add(waiting);
    this.#timer ??= setTimeout(() => this.#look(), this.#limitMs);
    return waiting;
  }

  remove(waiting: Waiting | undefined): void {
    if (waiting !== undefined) this.#waiting.delete(waiting);
  }

  /** Forgets all who wait. */
  close(): void {
    this.#waiting.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const waiting of this.#waiting) {
      const leftMs = waiting.since + this.#limitMs - now;
      if (leftMs > 0) {
        this.#timer = setTimeout(() => this.#look(), leftMs);
        return;
      }
      this.#waiting.delete(waiting);
      waiting.onLate();
    }
  }
}
