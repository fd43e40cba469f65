import { within } from "../e2e/within.ts";

export interface ReadEvent {
  readonly data: string;
  readonly id?: string;
  readonly event?: string;
}

/** Reads the events of a response one by one. Comments are counted, not given. */
export class SseReader {
  readonly response: Response;
  comments = 0;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(response: Response) {
    this.response = response;
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next event; undefined at the end of the stream. */
  async next(): Promise<ReadEvent | undefined> {
    while (true) {
      const at = this.#text.indexOf("\n\n");
      if (at !== -1) {
        const block = this.#text.slice(0, at);
        this.#text = this.#text.slice(at + 2);
        if (!block.startsWith(":")) return parse(block);
        this.comments++;
        continue;
      }
      const { value, done } = await within("an event comes", this.#reader.read(), 2000);
      if (done) return undefined;
      this.#text += value;
    }
  }

  /** The JSON of the next event that has data. */
  async message(): Promise<Record<string, unknown> | undefined> {
    while (true) {
      const event = await this.next();
      if (event === undefined) return undefined;
      if (event.data !== "") return JSON.parse(event.data);
    }
  }

  /** All events to the end. */
  async rest(): Promise<readonly ReadEvent[]> {
    const events: ReadEvent[] = [];
    for (let event = await this.next(); event !== undefined; event = await this.next()) {
      events.push(event);
    }
    return events;
  }

  /** Goes away, as a client does that closes its connection. */
  async leave(): Promise<void> {
    await this.#reader.cancel();
  }
}

function parse(block: string): ReadEvent {
  const fields = block.split("\n").map((line) => {
    const at = line.indexOf(": ");
    return [line.slice(0, at), line.slice(at + 2)] as const;
  });
  const { data = "", ...rest } = Object.fromEntries(fields);
  return { data, ...rest };
}
