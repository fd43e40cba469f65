import { encodeEvent } from "../mcp/events.ts";
import type { JsonObject, NotificationFrame } from "../mcp/frames.ts";
import type { McpEvent, Reply, SubscriptionFilter } from "../mcp/message.ts";
import { GatewayError } from "../pipeline/errors.ts";

/** Most resources one session may subscribe to. */
const MAX_SUBSCRIPTIONS = 1000;

export interface SessionSubscriptionsOptions {
  /** Opens a `subscriptions/listen` call for the session. */
  readonly listen: (
    params: JsonObject,
    signal: AbortSignal,
    emit: (event: McpEvent) => void,
  ) => Promise<Reply>;
  /** Takes notifications that belong to no request. */
  readonly notify: (frame: NotificationFrame) => void;
  /** Fires when the session ends. */
  readonly signal: AbortSignal;
}

/** What one 2025 session hears of: all changes of lists, and each resource it subscribed to, by a call of its own. */
export class SessionSubscriptions {
  readonly #options: SessionSubscriptionsOptions;
  readonly #resources = new Map<string, AbortController>();
  #hearsOfLists = false;

  constructor(options: SessionSubscriptionsOptions) {
    this.#options = options;
  }

  hearOfLists(): void {
    if (this.#hearsOfLists) return;
    this.#hearsOfLists = true;
    const filter = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };
    this.#open(filter, this.#options.signal);
  }

  /** @throws {GatewayError} where no server announces updates of this resource, or there are too many */
  async subscribe(uri: string): Promise<void> {
    if (this.#resources.has(uri)) return;
    if (this.#resources.size >= MAX_SUBSCRIPTIONS) {
      throw new GatewayError("invalid_request", `More than ${MAX_SUBSCRIPTIONS} subscriptions`);
    }
    const cancel = new AbortController();
    this.#resources.set(uri, cancel);
    const agreed = await this.#open(
      { resourceSubscriptions: [uri] },
      AbortSignal.any([cancel.signal, this.#options.signal]),
    );
    if (agreed?.resourceSubscriptions?.includes(uri)) return;
    this.#resources.delete(uri);
    cancel.abort();
    throw new GatewayError("invalid_params", `Cannot subscribe to resource: ${uri.slice(0, 256)}`);
  }

  unsubscribe(uri: string): void {
    this.#resources.get(uri)?.abort();
    this.#resources.delete(uri);
  }

  /** Resolves with what was agreed to; undefined when it was refused. */
  #open(filter: SubscriptionFilter, signal: AbortSignal): Promise<SubscriptionFilter | undefined> {
    const { listen, notify } = this.#options;
    const { promise, resolve } = Promise.withResolvers<SubscriptionFilter | undefined>();
    listen({ notifications: filter }, signal, (event) => {
      if (event.kind === "acknowledged") return resolve(event.filter);
      const notification = encodeEvent(event, {});
      if (notification !== undefined) notify(notification);
    }).then(() => resolve(undefined), () => resolve(undefined));
    return promise;
  }
}
