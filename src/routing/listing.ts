import type { JsonObject } from "../mcp/frames.ts";
import { isJsonObject } from "../mcp/json.ts";
import type { ListKind } from "../mcp/message.ts";
import { LISTS } from "../mcp/methods.ts";
import type { Log } from "../observe/log.ts";
import type { Handler, RoutedCall } from "../pipeline/call.ts";
import { GatewayError } from "../pipeline/errors.ts";
import type { ListOptions } from "./options.ts";
import { listCall } from "./list_call.ts";
import type { Upstream } from "./upstream.ts";

/** How long the client may keep what it was told, and whether others may see it. */
export interface Freshness {
  readonly ttlMs: number;
  readonly cacheScope: "public" | "private";
}

export interface ListingOptions {
  readonly upstream: Upstream;
  readonly kind: ListKind;
  readonly read: Handler<RoutedCall>;
  readonly lists: ListOptions;
  readonly log: Log;
  /** Called when other items than before were read. */
  readonly onItems: () => void;
}

/** One list of one server: all of its pages as last read, read again when there is reason to. */
export class Listing {
  readonly #options: ListingOptions;
  #items: readonly JsonObject[] = [];
  #text = "[]";
  #isRead = false;
  #isStale = true;
  #readAt = 0;
  #serverTtlMs: number | undefined;
  #scope: "public" | "private" = "private";
  #reading: Promise<void> | undefined;
  /** Why it could not be read when that was last tried. */
  #failure: string | undefined;
  /** Why what was read is not all there is. */
  #shortage: string | undefined;

  constructor(options: ListingOptions) {
    this.#options = options;
  }

  get items(): readonly JsonObject[] {
    return this.#items;
  }

  /** Whether it was ever read. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Why the list is not whole, for people. */
  get problem(): string | undefined {
    return this.#failure ?? this.#shortage;
  }

  /** What it was, or may be, read before is no longer to be trusted. */
  markStale(): void {
    this.#isStale = true;
  }

  /** Whether the server offers this kind at all, as far as is known. */
  get isOffered(): boolean {
    return isJsonObject(
      this.#options.upstream.capabilities?.[LISTS[this.#options.kind].capability],
    );
  }

  /** Whether the server is there and has no such list, which then says nothing of how fresh the others are. */
  get isNone(): boolean {
    return this.#options.upstream.isUp && !this.isOffered;
  }

  /** Reads the list if it is not fresh. Everyone who asks meanwhile waits for the same reading. Never rejects. */
  async ensureFresh(): Promise<void> {
    const { upstream } = this.#options;
    if (!upstream.isUp || this.#isFresh()) return;
    await (this.#reading ??= this.#read().finally(() => this.#reading = undefined));
    // Changed while it was being read: once more, so that the answer is not older than the question.
    if (this.#isStale && upstream.isUp) {
      await (this.#reading ??= this.#read().finally(() => this.#reading = undefined));
    }
  }

  /** What clients may be told of its freshness. */
  get freshness(): Freshness {
    if (!this.#options.upstream.isUp || this.#isStale || this.#failure !== undefined) {
      return { ttlMs: 0, cacheScope: "private" };
    }
    if (this.#announcesChanges) {
      return {
        ttlMs: this.#serverTtlMs ?? this.#options.lists.ttl_seconds * 1000,
        cacheScope: this.#scope,
      };
    }
    const age = performance.now() - this.#readAt;
    return {
      ttlMs: Math.max(0, Math.floor((this.#serverTtlMs ?? 0) - age)),
      cacheScope: this.#scope,
    };
  }

  get #announcesChanges(): boolean {
    const offer = this.#options.upstream.capabilities?.[LISTS[this.#options.kind].capability];
    return isJsonObject(offer) && offer.listChanged === true;
  }

  #isFresh(): boolean {
    if (this.#isStale || !this.#isRead || this.#failure !== undefined) return false;
    if (this.#announcesChanges) return true;
    const freshMs = this.#serverTtlMs ?? this.#options.lists.ttl_seconds * 1000;
    return performance.now() - this.#readAt < freshMs;
  }

  async #read(): Promise<void> {
    const { upstream, kind, log } = this.#options;
    this.#isStale = false;
    const before = this.#text;
    this.#readAt = performance.now();
    try {
      if (this.isOffered) await this.#readPages();
      else {
        this.#items = [];
        this.#shortage = undefined;
      }
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
      // A server that went away meanwhile is reported as such, by itself.
      const severity = upstream.isUp ? "warn" : "debug";
      log[severity]("Cannot read a list", { server: upstream.id, list: kind, why: this.#failure });
      return;
    }
    this.#isRead = true;
    this.#text = JSON.stringify(this.#items);
    if (this.#text !== before) this.#options.onItems();
  }

  async #readPages(): Promise<void> {
    const { upstream, kind, read, lists } = this.#options;
    const { method, key } = LISTS[kind];
    const items: JsonObject[] = [];
    const cursors = new Set<string>();
    let cursor: string | undefined;
    let ttlMs: number | undefined;
    let scope: "public" | "private" = "public";
    let shortage: string | undefined;
    for (let page = 1;; page++) {
      const reply = await read(
        listCall(upstream.id, method, cursor === undefined ? {} : { cursor }),
      );
      // A server may announce what it then does not know; that is an empty list, not a broken server.
      if (reply.kind === "error" && reply.error.code === -32601) break;
      if (reply.kind === "error") throw new Error(reply.error.message);
      if (reply.kind === "input_required") {
        throw new GatewayError("backend_invalid", "a list asked for input");
      }
      const { result } = reply;
      // One by one: a page can have more items than a call can have arguments.
      for (const item of Array.isArray(result[key]) ? result[key] : []) {
        if (isJsonObject(item)) items.push(item);
      }
      if (typeof result.ttlMs === "number") {
        ttlMs = Math.min(ttlMs ?? Infinity, Math.max(0, result.ttlMs));
      }
      if (result.cacheScope !== "public") scope = "private";
      const next = result.nextCursor;
      if (typeof next !== "string") break;
      if (cursors.has(next)) {
        shortage = "the server repeats a cursor";
        break;
      }
      if (page >= lists.max_pages || items.length >= lists.max_items) {
        shortage = this.#limits;
        break;
      }
      cursors.add(next);
      cursor = next;
    }
    if (items.length > lists.max_items) shortage = this.#limits;
    this.#items = items.slice(0, lists.max_items);
    this.#serverTtlMs = ttlMs;
    this.#scope = scope;
    this.#cut(shortage);
  }

  get #limits(): string {
    const { max_pages, max_items } = this.#options.lists;
    return `more than ${max_pages} pages or ${max_items} items (lists.max_pages, lists.max_items)`;
  }

  /** Remembers that not all was read, and says so once. */
  #cut(shortage: string | undefined): void {
    const { upstream, kind, log } = this.#options;
    if (shortage !== undefined && shortage !== this.#shortage) {
      log.warn("List is cut short", { server: upstream.id, list: kind, why: shortage });
    }
    this.#shortage = shortage;
  }
}
