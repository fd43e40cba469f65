import type { Frame } from "../../src/mcp/frames.ts";
import type { TransportEvents } from "../../src/backends/transports/transport.ts";

export interface Arrival {
  readonly frame: Frame;
  readonly origin: number | undefined;
}

/** Transport events written down, with a way to wait for one instead of sleeping. */
export class FrameLog implements TransportEvents {
  readonly unusable: (readonly [why: string, id: number | undefined])[] = [];
  readonly arrivals: Arrival[] = [];
  readonly noise: string[] = [];
  readonly stderr: string[] = [];
  readonly closures: string[] = [];
  readonly #waiting = new Set<() => void>();

  onFrame(frame: Frame, origin: number | undefined): void {
    this.arrivals.push({ frame, origin });
    this.#wake();
  }

  onClosed(problem: string): void {
    this.closures.push(problem);
    this.#wake();
  }

  onNoise(sample: string): void {
    this.noise.push(sample);
    this.#wake();
  }

  onUnusable(why: string, id: number | undefined): void {
    this.unusable.push([why, id]);
  }

  onStderr(line: string): void {
    this.stderr.push(line);
    this.#wake();
  }

  /** Resolves with the first defined value of `find`, tried now and after every event. */
  until<T>(find: (log: FrameLog) => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = () => {
        const found = find(this);
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** The response to a request, once it is there. */
  response(id: number): Promise<Arrival> {
    return this.until(({ arrivals }) =>
      arrivals.find(({ frame }) => frame.kind === "response" && frame.id === id)
    );
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }
}
