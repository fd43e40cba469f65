/** Lets a test move the program's clock ahead; set right again at the end of its block. */
export class Clock implements Disposable {
  #aheadMs = 0;

  constructor() {
    const now = performance.now.bind(performance);
    performance.now = () => now() + this.#aheadMs;
  }

  advance(ms: number): void {
    this.#aheadMs += ms;
  }

  [Symbol.dispose](): void {
    // What was put in front of the prototype's own.
    Reflect.deleteProperty(performance, "now");
  }
}
