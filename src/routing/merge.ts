import type { JsonObject } from "../mcp/frames.ts";
import type { ListKind } from "../mcp/message.ts";
import { headerParams } from "../mcp/param_headers.ts";
import { isPublicName, prefixedName, qualifiedUri } from "./names.ts";
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
  const targets = parts.flatMap((part) => accepted(kind, part, hidden));
  const isNamed = kind === "tools" || kind === "prompts";
  const publicKeyOf = isNamed ? namer(targets, prefix) : ({ key }: Target) => key;

  const items: { target: Target; publicKey: string; item: JsonObject }[] = [];
  const byPublicKey = new Map<string, Target>();
  const byPrefixed = new Map<string, Target>();
  for (const target of targets) {
    if (isNamed) byPrefixed.set(prefixedName(target.server, target.key), target);
    let publicKey = publicKeyOf(target);
    const winner = byPublicKey.get(publicKey);
    if (winner !== undefined) {
      const instead = isNamed
        ? prefixedName(target.server, target.key)
        : qualifiedUri(target.server, target.key);
      const why = `"${winner.server}" comes first and has the same; reachable as ${instead}`;
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
    items.push({ target, publicKey, item: { ...target.item, [KEY[kind]]: publicKey } });
  }
  return { items, byPublicKey, byPrefixed, hidden };
}

function accepted(
  kind: ListKind,
  { server, items, allows }: Part,
  hidden: Hidden[],
): readonly Target[] {
  const seen = new Map<string, Target>();
  for (const item of items) {
    const key = item[KEY[kind]];
    if (typeof key !== "string" || key === "") {
      hidden.push({ server, kind, name: "(none)", why: `it has no "${KEY[kind]}"` });
      continue;
    }
    const why = seen.has(key) ? "the server lists it twice" : refusal(kind, key, item, allows);
    if (why === undefined) seen.set(key, { server, key, item });
    else hidden.push({ server, kind, name: key, why });
  }
  return [...seen.values()].sort((a, b) => a.key < b.key ? -1 : 1);
}

function refusal(
  kind: ListKind,
  key: string,
  item: JsonObject,
  allows: (name: string) => boolean,
): string | undefined {
  if (kind !== "tools") return undefined;
  if (!allows(key)) return "the configuration does not allow it (tools.allow, tools.deny)";
  const headers = headerParams(item.inputSchema);
  return typeof headers === "string" ? headers : undefined;
}

function namer(
  targets: readonly Target[],
  prefix: NamingOptions["prefix"],
): (target: Target) => string {
  if (prefix === "always") return ({ server, key }) => prefixedName(server, key);
  if (prefix === "never") return ({ key }) => key;
  const owners = new Map<string, number>();
  for (const { key } of targets) owners.set(key, (owners.get(key) ?? 0) + 1);
  return ({ server, key }) => owners.get(key) === 1 ? key : prefixedName(server, key);
}
