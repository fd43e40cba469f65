import type { JsonObject } from "../../src/mcp/frames.ts";
import type { McpEvent, Reply } from "../../src/mcp/message.ts";
import type { Call, Handler, RoutedCall } from "../../src/pipeline/call.ts";
import { Catalog } from "../../src/routing/catalog.ts";
import {
  type ListOptions,
  listsShape,
  type NamingOptions,
  type ToolFilter,
} from "../../src/routing/options.ts";
import { router } from "../../src/routing/router.ts";
import { Subscriptions } from "../../src/routing/subscriptions.ts";
import { keepingLog } from "../observe/log_lines.ts";
import { aCall } from "../pipeline/a_call.ts";
import type { FakeUpstream } from "./fake_upstream.ts";

export interface RoutingParts {
  readonly prefix?: NamingOptions["prefix"];
  readonly filters?: Readonly<Record<string, ToolFilter>>;
  readonly lists?: Partial<ListOptions>;
}

/** The whole room over fake servers, put together as the gateway does it. */
export class Routing implements Disposable {
  readonly log = keepingLog();
  readonly catalog: Catalog;
  readonly subscriptions: Subscriptions;
  readonly handle: Handler<Call>;
  /** `<server> <list>` for each change that was told. */
  readonly changes: string[] = [];
  #onChange: (() => void) | undefined;

  constructor(upstreams: readonly FakeUpstream[], parts: RoutingParts = {}) {
    const byId = new Map(upstreams.map((upstream) => [upstream.id, upstream]));
    const next: Handler<RoutedCall> = (call) => byId.get(call.server)!.handle(call);
    this.catalog = new Catalog({
      upstreams,
      filters: new Map(Object.entries(parts.filters ?? {})),
      naming: { prefix: parts.prefix ?? "always" },
      lists: { ...listsShape.parse({}), startup_wait_seconds: 0.01, ...parts.lists },
      read: next,
      log: this.log,
      onChanged: (server, list) => {
        this.changes.push(`${server} ${list}`);
        this.subscriptions.listChanged(server, list);
        this.#onChange?.();
      },
    });
    this.subscriptions = new Subscriptions(this.catalog, this.log);
    this.handle = router({ catalog: this.catalog, subscriptions: this.subscriptions, next });
  }

  /** Resolves with the next change that is told. */
  async nextChange(): Promise<void> {
    await new Promise<void>((resolve) => this.#onChange = resolve);
  }

  ask(method: string, params: JsonObject = {}, more: Partial<Call> = {}): Promise<Reply> {
    return this.handle(aCall({ method, params, ...more }));
  }

  [Symbol.dispose](): void {
    this.subscriptions.close();
    this.catalog.close();
  }
}

/** A `subscriptions/listen` call of a test, with all it was told. */
export class Listening {
  readonly events: McpEvent[] = [];
  readonly reply: Promise<Reply>;
  readonly #leaving = new AbortController();
  readonly #acknowledged = Promise.withResolvers<void>();

  constructor(routing: Routing, notifications: unknown, scope?: string) {
    this.reply = routing.ask("subscriptions/listen", { notifications }, {
      scope,
      signal: this.#leaving.signal,
      emit: (event) => {
        this.events.push(event);
        if (event.kind === "acknowledged") this.#acknowledged.resolve();
      },
    });
    // Awaited by the test, at the time of its choosing.
    this.reply.catch(() => {});
  }

  static async open(routing: Routing, notifications: unknown, scope?: string): Promise<Listening> {
    const listening = new Listening(routing, notifications, scope);
    await listening.acknowledged;
    return listening;
  }

  get acknowledged(): Promise<void> {
    return this.#acknowledged.promise;
  }

  /** What came after the acknowledgment. */
  get news(): readonly McpEvent[] {
    return this.events.slice(1);
  }

  leave(): void {
    this.#leaving.abort();
  }
}
