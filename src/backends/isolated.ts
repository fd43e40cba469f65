import type { Reply } from "../mcp/message.ts";
import type { RoutedCall } from "../pipeline/call.ts";
import { GatewayError } from "../pipeline/errors.ts";
import type { Backend } from "./backend.ts";
import { unavailable } from "./failures.ts";
import type { IsolatedOptions } from "./options.ts";

export interface IsolatedBackendsOptions extends IsolatedOptions {
  readonly server: string;
  /** Makes a backend for the client that makes this call; not started. */
  readonly create: (call: RoutedCall) => Backend;
}

interface Own {
  readonly backend: Backend;
  underWay: number;
  /** In `performance.now()` milliseconds. */
  lastUsed: number;
}

/** `isolation: session`: a backend for each conversation, so that no server process or session serves two clients. */
export class IsolatedBackends {
  readonly #options: IsolatedBackendsOptions;
  /** By conversation, least recently used first. */
  readonly #own = new Map<string, Own>();
  readonly #closing = new Set<Promise<void>>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  constructor(options: IsolatedBackendsOptions) {
    this.#options = options;
  }

  async handle(call: RoutedCall): Promise<Reply> {
    const own = this.#find(call);
    own.underWay++;
    try {
      return await own.backend.handle(call);
    } finally {
      own.underWay--;
      own.lastUsed = performance.now();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const conversation of [...this.#own.keys()]) this.#end(conversation);
    await Promise.all(this.#closing);
  }

  #find(call: RoutedCall): Own {
    const { conversation } = call;
    let own = this.#own.get(conversation);
    if (own === undefined) {
      // What is started now would never be ended.
      if (this.#isClosed) throw unavailable(this.#options.server, "it was stopped");
      this.#makeRoom();
      own = { backend: this.#options.create(call), underWay: 0, lastUsed: performance.now() };
      own.backend.start();
      this.#timer ??= setInterval(
        () => this.#reap(),
        Math.min(this.#options.idle_seconds * 500, 30_000),
      );
    }
    this.#own.delete(conversation);
    this.#own.set(conversation, own);
    return own;
  }

  #makeRoom(): void {
    const { max, server } = this.#options;
    if (this.#own.size < max) return;
    for (const [conversation, own] of this.#own) {
      if (isIdle(own)) return this.#end(conversation);
    }
    throw new GatewayError(
      "overloaded",
      `Server "${server}" is overloaded: ${max} clients use it`,
      { server },
    );
  }

  #reap(): void {
    const oldest = performance.now() - this.#options.idle_seconds * 1000;
    for (const [conversation, own] of this.#own) {
      if (isIdle(own) && own.lastUsed < oldest) this.#end(conversation);
    }
  }

  #end(conversation: string): void {
    const own = this.#own.get(conversation);
    if (own === undefined) return;
    this.#own.delete(conversation);
    const done = own.backend.close().finally(() => this.#closing.delete(done));
    this.#closing.add(done);
    if (this.#own.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** A call that waits for an answer of its client is under way, though nothing is being done for it. */
function isIdle({ backend, underWay }: Own): boolean {
  return underWay === 0 && !backend.hasWaitingCalls;
}
