import { type Message, messageOf } from "./answer.ts";
import { within } from "./within.ts";

/** One event of a stream, or a comment. */
export interface StreamEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  /** Undefined for a comment. */
  readonly data: string | undefined;
}

/** Reads an event stream as it comes. */
export class EventReader implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(response: Response) {
    if (response.status !== 200 || response.body === null) {
      throw new Error(`No event stream, but status ${response.status}`);
    }
    this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next event or comment; undefined at the end. */
  async next(maxMs = 10_000): Promise<StreamEvent | undefined> {
    while (true) {
      const end = this.#text.indexOf("\n\n");
      if (end !== -1) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return eventOf(block);
      }
      const { value, done } = await within("an event comes", this.#reader.read(), maxMs);
      if (done) return undefined;
      this.#text += value;
    }
  }

  /** The next message, with the id of its event; comments and empty events are passed over. */
  async message(maxMs = 10_000): Promise<Message & { readonly eventId: string | undefined }> {
    while (true) {
      const event = await this.next(maxMs);
      if (event === undefined) throw new Error("Stream ended");
      if (event.data === undefined || event.data === "") continue;
      return { ...messageOf(event.data), eventId: event.id };
    }
  }

  /** All messages until the end of the stream. */
  async rest(maxMs = 10_000): Promise<readonly Message[]> {
    const messages: Message[] = [];
    for (let event = await this.next(maxMs); event !== undefined; event = await this.next(maxMs)) {
      if (event.data !== undefined && event.data !== "") messages.push(messageOf(event.data));
    }
    return messages;
  }

  /** Goes away, as a client does that has crashed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}

function eventOf(block: string): StreamEvent {
  const field = (name: string) =>
    block.split("\n").find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1)
      .trimStart();
  return { id: field("id"), event: field("event"), data: field("data") };
}
