import { sumCapabilities } from "../mcp/capabilities.ts";
import type { JsonObject } from "../mcp/frames.ts";
import { isJsonObject } from "../mcp/json.ts";
import type { Reply, SubscriptionFilter } from "../mcp/message.ts";
import type { Log } from "../observe/log.ts";
import type { Call } from "../pipeline/call.ts";
import { GatewayError } from "../pipeline/errors.ts";
import type { Catalog } from "./catalog.ts";

/** Most resources one subscription may name. */
const MAX_URIS = 1000;

interface Watched {
  readonly server: string;
  readonly uri: string;
  readonly publicUri: string;
}

interface Listener {
  readonly call: Call;
  readonly lists: ReadonlySet<"tools" | "prompts" | "resources">;
  readonly watched: Watched[];
  readonly end: (reply: Reply) => void;
}

/**
 * The open `subscriptions/listen` calls. One subscription at a server is shared by all who want the same resource and
 * ends with the last of them.
 */
export class Subscriptions {
  readonly #catalog: Catalog;
  readonly #log: Log;
  readonly #listeners = new Set<Listener>();
  /** How many want each resource, by server and URI, and the server's agreement. */
  readonly #shared = new Map<string, { count: number; readonly agreed: Promise<void> }>();
  #isClosed = false;

  constructor(catalog: Catalog, log: Log) {
    this.#catalog = catalog;
    this.#log = log;
  }

  /** Serves one call until its caller goes or the gateway stops. The first event says what was agreed to. */
  async listen(call: Call): Promise<Reply> {
    const wished = this.#offered(decodeFilter(call.params.notifications), call.scope);
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const listener: Listener = { call, lists: listsOf(wished), watched: [], end: resolve };
    const onAbort = () => reject(new GatewayError("cancelled", "Subscription was cancelled"));
    call.signal.addEventListener("abort", onAbort, { once: true });
    // The caller may go before anybody waits for this.
    promise.catch(() => {});
    try {
      // What happens while the rest is being agreed on must not come before the acknowledgment.
      const agreed = await this.#watchAll(listener, wished.resourceSubscriptions ?? []);
      if (call.signal.aborted) throw new GatewayError("cancelled", "Subscription was cancelled");
      call.emit({
        kind: "acknowledged",
        filter: {
          ...flagsOf(wished),
          ...agreed.length > 0 ? { resourceSubscriptions: agreed } : {},
        },
      });
      if (this.#isClosed) resolve({ kind: "result", result: {} });
      else this.#listeners.add(listener);
      return await promise;
    } finally {
      call.signal.removeEventListener("abort", onAbort);
      this.#listeners.delete(listener);
      for (const watched of listener.watched) this.#release(watched);
    }
  }

  /** Without the lists that no server has, which are left out of what is agreed to. */
  #offered(wished: SubscriptionFilter, scope: string | undefined): SubscriptionFilter {
    const offers = sumCapabilities(
      this.#catalog.upstreams(scope).map(({ capabilities }) => capabilities),
    );
    const { toolsListChanged, promptsListChanged, resourcesListChanged, ...rest } = wished;
    return {
      ...rest,
      ...toolsListChanged && offers.tools !== undefined ? { toolsListChanged } : {},
      ...promptsListChanged && offers.prompts !== undefined ? { promptsListChanged } : {},
      ...resourcesListChanged && offers.resources !== undefined ? { resourcesListChanged } : {},
    };
  }

  /** A server's list changed. */
  listChanged(server: string, list: "tools" | "prompts" | "resources"): void {
    for (const { call, lists } of this.#listeners) {
      if (lists.has(list) && (call.scope === undefined || call.scope === server)) {
        call.emit({ kind: "list_changed", list });
      }
    }
  }

  /** A server says that a resource, or something below it, was updated. */
  updated(server: string, params: JsonObject): void {
    const { uri } = params;
    if (typeof uri !== "string") return;
    for (const { call, watched } of this.#listeners) {
      // One resource may be wanted under several names, and one name through several of its folders.
      const publicUris = new Set(
        watched.filter((entry) => entry.server === server && isAtOrBelow(uri, entry.uri))
          .map((entry) => entry.publicUri + uri.slice(entry.uri.length)),
      );
      for (const publicUri of publicUris) {
        call.emit({ kind: "resource_updated", params: { ...params, uri: publicUri } });
      }
    }
  }

  /** Ends all of them in the way that tells clients it was on purpose. */
  close(): void {
    this.#isClosed = true;
    for (const { end } of [...this.#listeners]) end({ kind: "result", result: {} });
  }

  async #watchAll(listener: Listener, uris: readonly string[]): Promise<readonly string[]> {
    const agreed = await Promise.all(
      uris.map(async (uri) => await this.#watch(listener, uri) ? [uri] : []),
    );
    return agreed.flat();
  }

  async #watch(listener: Listener, publicUri: string): Promise<boolean> {
    for (const { server, key } of await this.#catalog.resource(publicUri, listener.call.scope)) {
      const watched = { server, uri: key, publicUri };
      try {
        await this.#share(watched);
        listener.watched.push(watched);
        return true;
      } catch (error) {
        this.#log.debug("Server does not announce a resource", { server, why: String(error) });
      }
    }
    return false;
  }

  async #share(watched: Watched): Promise<void> {
    const key = keyOf(watched);
    let shared = this.#shared.get(key);
    if (shared === undefined) {
      const upstream = this.#catalog.upstreams(watched.server)[0];
      if (upstream === undefined) throw new Error("there is no such server");
      shared = { count: 0, agreed: upstream.watch(watched.uri) };
      this.#shared.set(key, shared);
    }
    shared.count++;
    try {
      await shared.agreed;
    } catch (error) {
      if (--shared.count === 0) this.#shared.delete(key);
      throw error;
    }
  }

  #release(watched: Watched): void {
    const key = keyOf(watched);
    const shared = this.#shared.get(key);
    if (shared === undefined || --shared.count > 0) return;
    this.#shared.delete(key);
    this.#catalog.upstreams(watched.server)[0]?.unwatch(watched.uri);
  }
}

function keyOf({ server, uri }: Watched): string {
  return `${server} ${uri}`;
}

function isAtOrBelow(uri: string, root: string): boolean {
  return uri === root || (uri.startsWith(root) && (root.endsWith("/") || uri[root.length] === "/"));
}

function decodeFilter(value: unknown): SubscriptionFilter {
  if (!isJsonObject(value)) {
    throw new GatewayError("invalid_params", '"notifications" is not an object');
  }
  const { resourceSubscriptions: uris = [] } = value;
  if (!Array.isArray(uris) || uris.some((uri) => typeof uri !== "string")) {
    throw new GatewayError("invalid_params", '"resourceSubscriptions" is not a list of URIs');
  }
  if (uris.length > MAX_URIS) {
    throw new GatewayError(
      "invalid_params",
      `"resourceSubscriptions" names more than ${MAX_URIS} resources`,
    );
  }
  return { ...flagsOf(value), resourceSubscriptions: [...new Set<string>(uris)] };
}

function flagsOf(filter: SubscriptionFilter | JsonObject): SubscriptionFilter {
  return {
    ...filter.toolsListChanged === true ? { toolsListChanged: true } : {},
    ...filter.promptsListChanged === true ? { promptsListChanged: true } : {},
    ...filter.resourcesListChanged === true ? { resourcesListChanged: true } : {},
  };
}

function listsOf(filter: SubscriptionFilter): ReadonlySet<"tools" | "prompts" | "resources"> {
  const lists = new Set<"tools" | "prompts" | "resources">();
  if (filter.toolsListChanged) lists.add("tools");
  if (filter.promptsListChanged) lists.add("prompts");
  if (filter.resourcesListChanged) lists.add("resources");
  return lists;
}
