import { LIST_KINDS, type ListKind } from "../mcp/message.ts";
import type { Log } from "../observe/log.ts";
import type { Handler, RoutedCall } from "../pipeline/call.ts";
import { type Freshness, Listing } from "./listing.ts";
import { type Hidden, merge, type Merged, type Target } from "./merge.ts";
import { splitName, splitUri } from "./names.ts";
import type { ListOptions, NamingOptions, ToolFilter } from "./options.ts";
import { nameFilter, templateMatcher } from "./patterns.ts";
import type { Upstream } from "./upstream.ts";

export interface CatalogOptions {
  /** In configuration order. */
  readonly upstreams: readonly Upstream[];
  readonly filters: ReadonlyMap<string, ToolFilter>;
  readonly naming: NamingOptions;
  readonly lists: ListOptions;
  /** The routed pipeline: lists are read the way any call goes. */
  readonly read: Handler<RoutedCall>;
  readonly log: Log;
  /** A list of this server changed, after it was read again. */
  readonly onChanged: (server: string, list: "tools" | "prompts" | "resources") => void;
}

/** Bursts of announcements within this time are one change. */
const COALESCE_MS = 50;

/** Everything all servers offer, under public names; the one place that knows which server a name belongs to. */
export class Catalog {
  readonly #options: CatalogOptions;
  readonly #listings = new Map<string, Readonly<Record<ListKind, Listing>>>();
  readonly #allows = new Map<string, (name: string) => boolean>();
  /** Merged lists by kind and scope; dropped when an item changes. */
  readonly #merged = new Map<string, Merged>();
  readonly #changes = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #matchers = new Map<string, (uri: string) => boolean>();
  readonly #reported = new Set<string>();

  constructor(options: CatalogOptions) {
    this.#options = options;
    for (const upstream of options.upstreams) {
      const listing = (kind: ListKind) =>
        new Listing({ ...options, upstream, kind, onItems: () => this.#merged.clear() });
      this.#listings.set(upstream.id, {
        tools: listing("tools"),
        prompts: listing("prompts"),
        resources: listing("resources"),
        resourceTemplates: listing("resourceTemplates"),
      });
      this.#allows.set(
        upstream.id,
        nameFilter(options.filters.get(upstream.id) ?? { allow: ["*"], deny: [] }),
      );
    }
  }

  /** The servers a call may see. */
  upstreams(scope: string | undefined): readonly Upstream[] {
    if (scope === undefined) return this.#options.upstreams;
    return this.#options.upstreams.filter(({ id }) => id === scope);
  }

  /** One merged list, read as far as it was not fresh; waits a while for servers that are still starting. */
  async list(
    kind: ListKind,
    scope: string | undefined,
  ): Promise<{ readonly merged: Merged; readonly freshness: Freshness }> {
    await this.#started(scope);
    const listings = this.upstreams(scope).map(({ id }) => this.#listings.get(id)![kind]);
    await Promise.all(listings.map((listing) => listing.ensureFresh()));
    const shares = listings.filter(({ isNone }) => !isNone).map(({ freshness }) => freshness);
    const isPublic = shares.length > 0 &&
      shares.every(({ cacheScope }) => cacheScope === "public");
    return {
      merged: this.#mergedNow(kind, scope),
      freshness: {
        ttlMs: shares.length === 0 ? 0 : Math.min(...shares.map(({ ttlMs }) => ttlMs)),
        cacheScope: isPublic ? "public" : "private",
      },
    };
  }

  /** The tool or prompt a public or prefixed name means. A name nobody has may be one of a server that is starting. */
  async named(
    kind: "tools" | "prompts",
    name: string,
    scope: string | undefined,
  ): Promise<Target | undefined> {
    const known = this.namedNow(kind, name, scope);
    if (known !== undefined) return known;
    await this.list(kind, scope);
    return this.namedNow(kind, name, scope) ?? this.#unread(kind, name, scope);
  }

  /** The same as far as it is known without asking any server. */
  namedNow(kind: "tools" | "prompts", name: string, scope: string | undefined): Target | undefined {
    const merged = this.#mergedNow(kind, scope);
    return merged.byPublicKey.get(name) ?? merged.byPrefixed.get(name);
  }

  /**
   * The servers that may have a resource, the likeliest first: the one that lists it or, failing that, has a template
   * for it; for one that nobody lists, all that have resources.
   */
  async resource(uri: string, scope: string | undefined): Promise<readonly Omit<Target, "item">[]> {
    const qualified = splitUri(uri);
    // One that names nobody here may be qualified by a gateway behind this one.
    if (qualified !== undefined && this.#listings.has(qualified.server)) {
      const isInScope = scope === undefined || scope === qualified.server;
      return isInScope ? [{ server: qualified.server, key: qualified.uri }] : [];
    }
    const listed = () => this.#mergedNow("resources", scope).byPublicKey.get(uri);
    const known = listed();
    if (known !== undefined) return [known];
    await Promise.all([this.list("resources", scope), this.list("resourceTemplates", scope)]);
    const now = listed();
    if (now !== undefined) return [now];
    for (const { target } of this.#mergedNow("resourceTemplates", scope).items) {
      if (this.#matches(target.key, uri)) return [{ server: target.server, key: uri }];
    }
    return this.upstreams(scope)
      .filter(({ id }) => this.#listings.get(id)!.resources.isOffered)
      .map(({ id }) => ({ server: id, key: uri }));
  }

  /** The server of a resource template, by the template itself. */
  async template(
    uriTemplate: string,
    scope: string | undefined,
  ): Promise<Omit<Target, "item"> | undefined> {
    const { merged } = await this.list("resourceTemplates", scope);
    return merged.byPublicKey.get(uriTemplate);
  }

  /** A server says that a list of its changed: reads it again, then tells those who listen, once for a burst. */
  changed(server: string, list: "tools" | "prompts" | "resources"): void {
    this.#markStale(server, list);
    const key = `${server} ${list}`;
    if (this.#changes.has(key)) return;
    const timer = setTimeout(async () => {
      this.#changes.delete(key);
      await this.#refresh(server, list);
      this.#options.onChanged(server, list);
    }, COALESCE_MS);
    this.#changes.set(key, timer);
  }

  /** A server was connected anew, or its announcements broke off: reads its lists again and tells of those that differ. */
  async gap(server: string): Promise<void> {
    for (const list of ["tools", "prompts", "resources"] as const) {
      const before = this.#fingerprint(server, list);
      this.#markStale(server, list);
      await this.#refresh(server, list);
      if (before !== this.#fingerprint(server, list)) this.#options.onChanged(server, list);
    }
    this.#report();
  }

  counts(server: string): Readonly<Record<ListKind, number>> {
    const count = (kind: ListKind) =>
      this.#mergedNow(kind, undefined).items.filter(({ target }) => target.server === server)
        .length;
    return {
      tools: count("tools"),
      prompts: count("prompts"),
      resources: count("resources"),
      resourceTemplates: count("resourceTemplates"),
    };
  }

  hidden(server: string): readonly Hidden[] {
    const problems = LIST_KINDS.flatMap((kind) => {
      const { problem } = this.#listings.get(server)![kind];
      return problem === undefined ? [] : [{ server, kind, name: "(list)", why: problem }];
    });
    const hidden = LIST_KINDS.flatMap((kind) => this.#mergedNow(kind, undefined).hidden);
    return [...hidden.filter((entry) => entry.server === server), ...problems];
  }

  close(): void {
    for (const timer of this.#changes.values()) clearTimeout(timer);
    this.#changes.clear();
  }

  #mergedNow(kind: ListKind, scope: string | undefined): Merged {
    const key = `${kind} ${scope ?? ""}`;
    let merged = this.#merged.get(key);
    if (merged === undefined) {
      const parts = this.upstreams(scope).map(({ id }) => ({
        server: id,
        items: this.#listings.get(id)![kind].items,
        allows: this.#allows.get(id)!,
      }));
      // One server alone has nobody to be told apart from.
      merged = merge(kind, parts, scope === undefined ? this.#options.naming.prefix : "never");
      this.#merged.set(key, merged);
    }
    return merged;
  }

  /** A prefixed name of a server whose list could not be read yet: that server is to say why. */
  #unread(kind: "tools" | "prompts", name: string, scope: string | undefined): Target | undefined {
    const parts = splitName(name) ?? (scope === undefined ? undefined : { server: scope, name });
    if (parts === undefined) return undefined;
    const isInScope = this.upstreams(scope).some(({ id, isUp }) => id === parts.server && !isUp);
    if (!isInScope || this.#listings.get(parts.server)![kind].isRead) return undefined;
    if (kind === "tools" && !this.#allows.get(parts.server)!(parts.name)) return undefined;
    return { server: parts.server, key: parts.name, item: {} };
  }

  async #started(scope: string | undefined): Promise<void> {
    const waiting = this.upstreams(scope).filter(({ capabilities, isUp }) =>
      capabilities === undefined && !isUp
    );
    if (waiting.length === 0) return;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#options.lists.startup_wait_seconds * 1000);
    await Promise.race([Promise.all(waiting.map(({ settled }) => settled)), late]);
    clearTimeout(timer);
  }

  #kindsOf(list: "tools" | "prompts" | "resources"): readonly ListKind[] {
    return list === "resources" ? ["resources", "resourceTemplates"] : [list];
  }

  #markStale(server: string, list: "tools" | "prompts" | "resources"): void {
    for (const kind of this.#kindsOf(list)) this.#listings.get(server)![kind].markStale();
  }

  async #refresh(server: string, list: "tools" | "prompts" | "resources"): Promise<void> {
    await Promise.all(
      this.#kindsOf(list).map((kind) => this.#listings.get(server)![kind].ensureFresh()),
    );
  }

  #fingerprint(server: string, list: "tools" | "prompts" | "resources"): string {
    return JSON.stringify(
      this.#kindsOf(list).map((kind) => this.#listings.get(server)![kind].items),
    );
  }

  #matches(template: string, uri: string): boolean {
    let matcher = this.#matchers.get(template);
    if (matcher === undefined) {
      if (this.#matchers.size > 10_000) this.#matchers.clear();
      matcher = templateMatcher(template);
      this.#matchers.set(template, matcher);
    }
    return matcher(uri);
  }

  /** Writes what clients do not see to the log, each thing once. */
  #report(): void {
    for (const kind of LIST_KINDS) {
      for (const { server, name, why } of this.#mergedNow(kind, undefined).hidden) {
        const key = `${kind} ${server} ${name} ${why}`;
        if (this.#reported.has(key) || this.#reported.size > 10_000) continue;
        this.#reported.add(key);
        this.#options.log.info("Hidden from clients", {
          server,
          kind,
          name: name.slice(0, 200),
          why,
        });
      }
    }
  }
}
