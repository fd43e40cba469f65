import type { JsonObject, RpcError } from "../../src/mcp/frames.ts";
import type { ListKind, Reply } from "../../src/mcp/message.ts";
import { listKindOf, LISTS } from "../../src/mcp/methods.ts";
import type { RoutedCall } from "../../src/pipeline/call.ts";
import type { Upstream } from "../../src/routing/upstream.ts";

export type Offers = Partial<Record<ListKind, readonly JsonObject[]>>;

/** A server behind the router that offers what the test says and keeps what it was asked. */
export class FakeUpstream implements Upstream {
  readonly id: string;
  capabilities: JsonObject | undefined;
  instructions: string | undefined;
  isUp = true;
  settled: Promise<void> = Promise.resolve();
  offers: Offers;
  /** Calls that came, lists included. */
  readonly calls: RoutedCall[] = [];
  /** `+uri` for each `watch`, `-uri` for each `unwatch`. */
  readonly watches: string[] = [];
  onWatch: (uri: string) => Promise<void> = () => Promise.resolve();
  /** What is answered instead of the usual. */
  onCall: (call: RoutedCall) => Promise<Reply> | Reply | undefined = () => undefined;

  constructor(id: string, offers: Offers = {}, more: JsonObject = {}) {
    this.id = id;
    this.offers = offers;
    const announces = { listChanged: true };
    this.capabilities = {
      ...offers.tools === undefined ? {} : { tools: announces },
      ...offers.prompts === undefined ? {} : { prompts: announces },
      ...offers.resources === undefined && offers.resourceTemplates === undefined
        ? {}
        : { resources: announces },
      ...more,
    };
  }

  watch(uri: string): Promise<void> {
    this.watches.push(`+${uri}`);
    return this.onWatch(uri);
  }

  unwatch(uri: string): void {
    this.watches.push(`-${uri}`);
  }

  async handle(call: RoutedCall): Promise<Reply> {
    this.calls.push(call);
    const special = await this.onCall(call);
    if (special !== undefined) return special;
    const kind = listKindOf(call.method);
    return kind === undefined
      ? result({ from: this.id, params: call.params })
      : result({ [LISTS[kind].key]: this.offers[kind] ?? [] });
  }

  /** How often a list was asked for. */
  readings(kind: ListKind): number {
    return this.calls.filter(({ method }) => method === LISTS[kind].method).length;
  }
}

export function result(value: JsonObject): Reply {
  return { kind: "result", result: value };
}

export function failure(error: Partial<RpcError> = {}): Reply {
  return { kind: "error", error: { code: -32603, message: "Broken", ...error } };
}

/** Tools, prompts or other things of these names. */
export function named(...names: string[]): JsonObject[] {
  return names.map((name) => ({ name }));
}

export function resources(...uris: string[]): JsonObject[] {
  return uris.map((uri) => ({ uri, name: `at ${uri}` }));
}

export function templates(...uriTemplates: string[]): JsonObject[] {
  return uriTemplates.map((uriTemplate) => ({ uriTemplate, name: `like ${uriTemplate}` }));
}
