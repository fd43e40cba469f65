import type { JsonObject } from "../mcp/frames.ts";
import type { ListKind } from "../mcp/message.ts";
import { headerParams } from "../mcp/param_headers.ts";
import { completed, shapeProblem } from "./item_shape.ts";
import { isPublicName, prefixedName, qualifiedUri, splitUri } from "./names.ts";
import type { NamingOptions } from "./options.ts";

/** One thing a server offers, and under which of its own names. */
export interface Target {
  readonly server: string;
  /** The server's own name, URI or URI template. */
  readonly key: string;
  readonly item: JsonObject;
}

/** Something a server offered that clients do not see, or not under its own name. */
export interface Hidden {
  readonly server: string;
  readonly kind: ListKind;
  readonly name: string;
  readonly why: string;
}

/** One list of all servers together. */
export interface Merged {
  /** In configuration order, then by name, under public names. */
  readonly items: readonly {
    readonly target: Target;
    readonly publicKey: string;
    readonly item: JsonObject;
  }[];
  readonly byPublicKey: ReadonlyMap<string, Target>;
  /** By `<server>__<name>`, whatever the public names are. */
  readonly byPrefixed: ReadonlyMap<string, Target>;
  readonly hidden: readonly Hidden[];
}

/** What one server offers of one kind. */
export interface Part {
  readonly server: string;
  readonly items: readonly JsonObject[];
  /** Whether the operator lets clients see this tool. */
  readonly allows: (name: string) => boolean;
}

/** What identifies an item of each kind. */
const KEY: Readonly<Record<ListKind, string>> = {
  tools: "name",
  prompts: "name",
  resources: "uri",
  resourceTemplates: "uriTemplate",
};

/** Merges the lists of several servers into one, deterministically; what is left out is reported. */
export function merge(
  kind: ListKind,
  parts: readonly Part[],
  prefix: NamingOptions["prefix"],
): Merged {
  const hidden: Hidden[] = [];
  const isNamed = kind === "tools" || kind === "prompts";
  const servers = new Set(parts.map(({ server }) => server));
  const targets = parts.flatMap((part) => accepted(kind, part, servers, hidden));
  const byPrefixed = new Map(
    isNamed ? targets.map((target) => [prefixedName(target.server, target.key), target]) : [],
  );
  const publicKeyOf = isNamed ? namer(targets, byPrefixed, prefix) : ({ key }: Target) => key;

  const items: { target: Target; publicKey: string; item: JsonObject }[] = [];
  const byPublicKey = new Map<string, Target>();
  for (const target of targets) {
    let publicKey = publicKeyOf(target);
    const winner = byPublicKey.get(publicKey) ?? otherServer(byPrefixed.get(publicKey), target);
    if (winner !== undefined) {
      const instead = isNamed
        ? prefixedName(target.server, target.key)
        : qualifiedUri(target.server, target.key);
      const why = `"${winner.server}" has the same and goes first; reachable as ${instead}`;
      hidden.push({ server: target.server, kind, name: target.key, why });
      if (isNamed) continue;
      publicKey = instead;
    }
    if (isNamed && !isPublicName(publicKey)) {
      const why = `its public name "${
        publicKey.slice(0, 140)
      }" does not match [A-Za-z0-9_.-]{1,128}`;
      hidden.push({ server: target.server, kind, name: target.key, why });
      byPrefixed.delete(prefixedName(target.server, target.key));
      continue;
    }
    byPublicKey.set(publicKey, target);
    items.push({
      target,
      publicKey,
      item: { ...completed(kind, target.item), [KEY[kind]]: publicKey },
    });
  }
  return { items, byPublicKey, byPrefixed, hidden };
}

/** Whose prefixed name it is, where that is another server: such a name is always understood, so nobody else gets it. */
function otherServer(owner: Target | undefined, { server }: Target): Target | undefined {
  return owner?.server === server ? undefined : owner;
}

function accepted(
  kind: ListKind,
  { server, items, allows }: Part,
  servers: ReadonlySet<string>,
  hidden: Hidden[],
): readonly Target[] {
  const seen = new Map<string, Target>();
  for (const item of items) {
    const key = item[KEY[kind]];
    if (typeof key !== "string" || key === "") {
      hidden.push({ server, kind, name: "(none)", why: `it has no "${KEY[kind]}"` });
      continue;
    }
    const why = seen.has(key) ? "the server lists it twice" : shapeProblem(kind, item) ??
      (kind === "tools" ? toolRefusal(key, item, allows) : uriRefusal(kind, key, servers));
    if (why === undefined) seen.set(key, { server, key, item });
    else hidden.push({ server, kind, name: key, why });
  }
  return [...seen.values()].sort((a, b) => a.key < b.key ? -1 : 1);
}

function toolRefusal(
  key: string,
  item: JsonObject,
  allows: (name: string) => boolean,
): string | undefined {
  if (!allows(key)) return "the configuration does not allow it (tools.allow, tools.deny)";
  const headers = headerParams(item.inputSchema);
  return typeof headers === "string" ? headers : undefined;
}

function uriRefusal(
  kind: ListKind,
  key: string,
  servers: ReadonlySet<string>,
): string | undefined {
  const qualified = kind === "prompts" ? undefined : splitUri(key);
  if (qualified === undefined || !servers.has(qualified.server)) return undefined;
  return `its URI reads as one of server "${qualified.server}"`;
}

function namer(
  targets: readonly Target[],
  byPrefixed: ReadonlyMap<string, Target>,
  prefix: NamingOptions["prefix"],
): (target: Target) => string {
  if (prefix === "always") return ({ server, key }) => prefixedName(server, key);
  if (prefix === "never") return ({ key }) => key;
  const owners = new Map<string, number>();
  for (const { key } of targets) owners.set(key, (owners.get(key) ?? 0) + 1);
  const isClear = (key: string) => owners.get(key) === 1 && !byPrefixed.has(key);
  return ({ server, key }) => isClear(key) ? key : prefixedName(server, key);
}
