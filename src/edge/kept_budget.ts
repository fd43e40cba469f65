/** How much all streams together keep for clients that may come back, and what to do when that is too much. */
export class KeptBudget {
  readonly #maxChars: number;
  readonly #relieve: (isEnough: () => boolean) => void;
  #chars = 0;
  #isRelieving = false;

  /** @param relieve gives up what is kept, the least needed first, until it is enough */
  constructor(maxChars: number, relieve: (isEnough: () => boolean) => void) {
    this.#maxChars = maxChars;
    this.#relieve = relieve;
  }

  get chars(): number {
    return this.#chars;
  }

  /** Notes that more is kept, or less by a negative number. */
  add(chars: number): void {
    this.#chars += chars;
    if (this.#chars <= this.#maxChars || this.#isRelieving) return;
    this.#isRelieving = true;
    // To half of it, so that the next event does not begin anew.
    this.#relieve(() => this.#chars <= this.#maxChars / 2);
    this.#isRelieving = false;
  }
}
