import type { JsonObject } from "../mcp/frames.ts";
import { isJsonObject } from "../mcp/json.ts";
import type { SubscriptionFilter } from "../mcp/message.ts";
import type { Log } from "../observe/log.ts";
import { GatewayError } from "../pipeline/errors.ts";
import type { Connection } from "./connection.ts";

export interface UpstreamWatchOptions {
  readonly server: string;
  readonly connection: Connection;
  readonly capabilities: JsonObject;
  readonly timeoutMs: number;
  readonly log: Log;
  /** Told when events may have been missed, so that what was learned before is no longer to be trusted. */
  readonly onGap: () => void;
}

/** A refused subscription, with the server's own words where it gave some. */
export class WatchRefusedError extends Error {
  override readonly name = "WatchRefusedError";
}

const MAX_REOPEN_MS = 30_000;

/**
 * What one connection is asked to announce: changes of lists, and updates of the resources that anyone wants. For 2026
 * that is one `subscriptions/listen` stream with the sum of all wishes, for 2025 one `resources/subscribe` each.
 */
export class UpstreamWatch {
  readonly #options: UpstreamWatchOptions;
  readonly #uris = new Set<string>();
  readonly #stopped = new AbortController();
  #stream:
    | { readonly end: AbortController; readonly acknowledged: Promise<SubscriptionFilter> }
    | undefined;
  #reopenTimer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(options: UpstreamWatchOptions) {
    this.#options = options;
  }

  /** Begins, with the resources that were watched on an earlier connection; what is refused now is only logged. */
  start(uris: Iterable<string>): void {
    if (this.#options.connection.era === "2026") {
      for (const uri of uris) this.#uris.add(uri);
      if (this.#canAnnounce()) this.#open();
      return;
    }
    for (const uri of uris) {
      this.add(uri).catch((error) =>
        this.#options.log.warn("Resource is no longer announced", {
          server: this.#options.server,
          why: String(error),
        })
      );
    }
  }

  /** Resolves when the server has agreed to announce updates of this resource. */
  async add(uri: string): Promise<void> {
    const { connection, server, timeoutMs } = this.#options;
    if (!this.#hasFeature("resources", "subscribe")) {
      throw new GatewayError(
        "method_not_found",
        `Server "${server}" does not announce updates of resources`,
        { server },
      );
    }
    this.#uris.add(uri);
    if (connection.era === "2025") {
      const reply = await connection.call({
        method: "resources/subscribe",
        params: { uri },
        silenceMs: timeoutMs,
        maxMs: timeoutMs,
      });
      if (reply.kind === "error") {
        this.#uris.delete(uri);
        throw new WatchRefusedError(reply.error.message, { cause: reply.error });
      }
      return;
    }
    const filter = await this.#open();
    if (filter.resourceSubscriptions?.includes(uri) === true) return;
    this.#uris.delete(uri);
    throw new WatchRefusedError(`Server "${server}" does not announce updates of this resource`);
  }

  /** No longer wants updates of a resource. */
  remove(uri: string): void {
    if (!this.#uris.delete(uri) || this.#stopped.signal.aborted) return;
    const { connection, timeoutMs } = this.#options;
    if (connection.era === "2026") {
      this.#open().catch(ignore);
      return;
    }
    connection.call({
      method: "resources/unsubscribe",
      params: { uri },
      silenceMs: timeoutMs,
      maxMs: timeoutMs,
    })
      .catch(ignore);
  }

  stop(): void {
    clearTimeout(this.#reopenTimer);
    this.#stopped.abort();
    this.#stream?.end.abort();
    this.#stream = undefined;
  }

  /** Opens a stream with today's wishes; the one before ends when the new one is acknowledged, so that nothing is missed. */
  #open(): Promise<SubscriptionFilter> {
    clearTimeout(this.#reopenTimer);
    const { connection, timeoutMs } = this.#options;
    const previous = this.#stream;
    const end = new AbortController();
    const { promise: acknowledged, resolve, reject } = Promise.withResolvers<SubscriptionFilter>();
    const stream = { end, acknowledged };
    this.#stream = stream;
    acknowledged.then(() => {
      this.#failures = 0;
    }, ignore).finally(() => previous?.end.abort());
    const late = setTimeout(
      () => reject(new WatchRefusedError("Subscription was not acknowledged in time")),
      timeoutMs,
    );
    connection.call({
      method: "subscriptions/listen",
      params: { notifications: this.#filter() },
      silenceMs: Infinity,
      maxMs: Infinity,
      signal: end.signal,
      emit: (event) => {
        if (event.kind === "acknowledged") resolve(event.filter);
      },
    }).then(
      (reply) => reply.kind === "error" ? reply.error.message : "it ended",
      (error) => error instanceof Error ? error.message : String(error),
    ).then((why) => {
      clearTimeout(late);
      reject(new WatchRefusedError(why));
      this.#onEnded(stream, why);
    });
    acknowledged.finally(() => clearTimeout(late)).catch(ignore);
    return acknowledged;
  }

  #onEnded(stream: object, why: string): void {
    if (this.#stream !== stream || this.#stopped.signal.aborted) return;
    this.#stream = undefined;
    const { log, server, onGap } = this.#options;
    log.debug("Subscription at a server ended", { server, why });
    onGap();
    const waitMs = Math.min(1000 * 2 ** this.#failures++, MAX_REOPEN_MS);
    this.#reopenTimer = setTimeout(
      () => this.#open().catch(ignore),
      waitMs * (0.75 + Math.random() / 2),
    );
  }

  #filter(): SubscriptionFilter {
    return {
      ...this.#hasFeature("tools", "listChanged") ? { toolsListChanged: true } : {},
      ...this.#hasFeature("prompts", "listChanged") ? { promptsListChanged: true } : {},
      ...this.#hasFeature("resources", "listChanged") ? { resourcesListChanged: true } : {},
      ...this.#uris.size > 0 ? { resourceSubscriptions: [...this.#uris] } : {},
    };
  }

  #canAnnounce(): boolean {
    return Object.keys(this.#filter()).length > 0;
  }

  #hasFeature(capability: string, feature: string): boolean {
    const offer = this.#options.capabilities[capability];
    return isJsonObject(offer) && offer[feature] === true;
  }
}

function ignore(): void {}
