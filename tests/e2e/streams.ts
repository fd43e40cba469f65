import { within } from "./within.ts";

/** Knows which responses are still being read, for the SDK's clients are closed before they have stopped reading. */
export class Streams {
  readonly #open = new Set<Promise<unknown>>();

  readonly fetch = (url: string | URL, init?: RequestInit): Promise<Response> => {
    const response = this.#fetch(url, init);
    this.#track(response);
    return response;
  };

  /** Resolves when nothing is read any more. */
  async ended(): Promise<void> {
    while (this.#open.size > 0) await within("all streams end", Promise.all(this.#open));
  }

  async #fetch(url: string | URL, init?: RequestInit): Promise<Response> {
    const { body, status, statusText, headers } = await fetch(url, init);
    if (body === null) return new Response(null, { status, statusText, headers });
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    this.#track(body.pipeTo(writable));
    return new Response(readable, { status, statusText, headers });
  }

  #track(promise: Promise<unknown>): void {
    const done = promise.catch(() => {}).finally(() => this.#open.delete(done));
    this.#open.add(done);
  }
}
