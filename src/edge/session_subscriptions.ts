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

/** One resource that the session subscribed to, from the moment it asked. */
interface Subscribed {
  readonly cancel: AbortController;
  /** Whether a server agreed to announce its updates. */
  readonly agreed: Promise<boolean>;
}

/** What one 2025 session hears of: all changes of lists, and each resource it subscribed to, by a call of its own. */
export class SessionSubscriptions {
  readonly #options: SessionSubscriptionsOptions;
  readonly #resources = new Map<string, Subscribed>();
  #hearsOfLists = false;

  constructor(options: SessionSubscriptionsOptions) {
    this.#options = options;
    // Not AbortSignal.any(), which would leave a trace at this signal for every subscription there ever was.
    options.signal.addEventListener("abort", () => {
      for (const { cancel } of this.#resources.values()) cancel.abort();
    }, { once: true });
  }

  hearOfLists(): void {
    if (this.#hearsOfLists) return;
    this.#hearsOfLists = true;
    const filter = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };
    this.#open(filter, this.#options.signal);
  }

  /** @throws {GatewayError} where no server announces updates of this resource, or there are too many */
  async subscribe(uri: string): Promise<void> {
    const { agreed } = this.#resources.get(uri) ?? this.#begin(uri);
    if (await agreed) return;
    throw new GatewayError("invalid_params", `Cannot subscribe to resource: ${uri.slice(0, 256)}`);
  }

  unsubscribe(uri: string): void {
    this.#resources.get(uri)?.cancel.abort();
    this.#resources.delete(uri);
  }

  #begin(uri: string): Subscribed {
    if (this.#resources.size >= MAX_SUBSCRIPTIONS) {
      throw new GatewayError("invalid_request", `More than ${MAX_SUBSCRIPTIONS} subscriptions`);
    }
    const cancel = new AbortController();
    if (this.#options.signal.aborted) cancel.abort();
    const forget = () => {
      cancel.abort();
      // Meanwhile the client may have unsubscribed, and subscribed anew.
      if (this.#resources.get(uri) === subscribed) this.#resources.delete(uri);
    };
    const filter = { resourceSubscriptions: [uri] };
    const agreed = this.#open(filter, cancel.signal, forget).then((answer) => {
      const isAgreed = answer?.resourceSubscriptions?.includes(uri) === true;
      if (!isAgreed) forget();
      return isAgreed;
    });
    const subscribed = { cancel, agreed };
    this.#resources.set(uri, subscribed);
    return subscribed;
  }

  /** Resolves with what was agreed to; undefined when it was refused. */
  #open(
    filter: SubscriptionFilter,
    signal: AbortSignal,
    onEnded: () => void = () => {},
  ): Promise<SubscriptionFilter | undefined> {
    const { listen, notify } = this.#options;
    const { promise, resolve } = Promise.withResolvers<SubscriptionFilter | undefined>();
    const ended = () => {
      resolve(undefined);
      onEnded();
    };
    listen({ notifications: filter }, signal, (event) => {
      if (event.kind === "acknowledged") return resolve(event.filter);
      const notification = encodeEvent(event, {});
      if (notification !== undefined) notify(notification);
    }).then(ended, ended);
    return promise;
  }
}
