import { type Place, type Problem, problemAt, quote, quoteAll, type Where } from "./problems.ts";
import { didYouMean } from "./suggest.ts";
import { isSection, type Path, type Section } from "./tree.ts";

/** A client's file in our own terms. */
export interface ClientFile {
  readonly tree: unknown;
  /** Finds the places of the converted tree in the client's file. */
  readonly where: Where;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

type Report = (kind: "problem" | "warning", path: Path, message: string, hint?: string) => void;
type ListKey = "mcpServers" | "servers";

const URL_KEYS = ["url", "serverUrl", "httpUrl"];
const READ_KEYS = [
  "type",
  "transport",
  "command",
  "args",
  "env",
  "cwd",
  ...URL_KEYS,
  "headers",
  "name",
  "enabled",
  "disabled",
];

/** What clients write that means nothing here and protects nothing: approvals are asked by the client in any case. */
const DROPPED_KEYS = new Set([
  "alwaysAllow",
  "autoApprove",
  "autoStart",
  "description",
  "gallery",
  "icon",
  "timeout",
  "version",
]);
const DROPPED_TOP_KEYS = new Set(["$schema", "globalShortcut", "inputs", "preferences"]);

const TYPES = new Map([
  ["stdio", "stdio"],
  ["local", "stdio"],
  ["http", "streamable_http"],
  ["streamable-http", "streamable_http"],
  ["streamable_http", "streamable_http"],
  ["streamablehttp", "streamable_http"],
  ["sse", "sse"],
]);

/** Keeps validation from saying again what was said about an entry. */
const STAND_IN: Section = { type: "stdio", command: "unnamed" };

/**
 * Converts a file with `mcpServers` (Claude, Cursor and others) or with `servers` as a mapping (VS Code); undefined for any
 * other. Sections of ours beside the servers stay, so that such a file can also hold `server:` or `timeouts:`.
 */
export function convertClientFile(tree: unknown, where: Where): ClientFile | undefined {
  if (!isSection(tree)) return undefined;
  const listKey = listKeyOf(tree);
  if (listKey === undefined) return undefined;
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const report: Report = (kind, path, message, hint) => {
    const problem = problemAt(where(path, "key"), path, message, hint);
    (kind === "problem" ? problems : warnings).push(problem);
  };

  const ours: [string, unknown][] = [];
  for (const [key, value] of Object.entries(tree)) {
    if (key === listKey) continue;
    if (key === "servers") {
      report("problem", [key], 'Both "mcpServers" and "servers" are given: expected one of them');
    } else if (DROPPED_TOP_KEYS.has(key)) {
      report("warning", [key], `"${key}" is a setting of the client: it is ignored`);
    } else ours.push([key, value]);
  }

  const list = tree[listKey] ?? {};
  if (!isSection(list)) report("problem", [listKey], `"${listKey}" is not a mapping: expected one`);
  const entries = isSection(list) ? Object.entries(list) : [];
  const servers = entries.map(([name, entry]) =>
    convertEntry(name, entry, [listKey, name], report)
  );
  return {
    tree: { ...Object.fromEntries(ours), servers },
    where: (path, part) => placeOf(path, part, { where, listKey, entries }),
    problems,
    warnings,
  };
}

/** The id made of a client's name for a server: `My Files` becomes `my-files`. */
export function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+/, "").slice(0, 48)
    .replace(/-+$/, "");
}

function listKeyOf(tree: Section): ListKey | undefined {
  if (Object.hasOwn(tree, "mcpServers")) return "mcpServers";
  const servers = Object.hasOwn(tree, "servers") ? tree["servers"] : undefined;
  // A single server of ours whose dash was forgotten has an id.
  if (!isSection(servers) || typeof own(servers, "id") === "string") return undefined;
  const looksLikeVsCode = Object.values(servers).some((entry) =>
    isSection(entry) && ["type", "command", "url"].some((key) => Object.hasOwn(entry, key))
  );
  return looksLikeVsCode ? "servers" : undefined;
}

function convertEntry(name: string, entry: unknown, path: Path, report: Report): unknown {
  const id = slug(name);
  if (id === "") {
    const wanted = "a name with a letter or digit of the Latin alphabet";
    report("problem", path, `Server ${quote(name)} cannot have an id: expected ${wanted}`);
  }
  if (!isSection(entry)) {
    report("problem", path, `Server ${quote(name)} is not a mapping: expected one`);
    return { id: id || "unnamed", transport: STAND_IN };
  }
  for (const key of Object.keys(entry)) {
    if (READ_KEYS.includes(key)) continue;
    const below = [...path, key];
    if (DROPPED_KEYS.has(key)) {
      report("warning", below, `"${key}" is a setting of the client: it is ignored`);
    } else {
      const message = `Unknown key ${quote(key)}: expected one of ${quoteAll(READ_KEYS)}`;
      report("problem", below, message, didYouMean(key, READ_KEYS));
    }
  }
  const title = own(entry, "name") ?? (name === id ? undefined : name);
  const enabled = enabledOf(entry, path, report);
  return {
    id: id || "unnamed",
    ...(title === undefined ? {} : { name: title }),
    ...(enabled === undefined ? {} : { enabled }),
    transport: transportOf(name, entry, path, report),
  };
}

function enabledOf(entry: Section, path: Path, report: Report): unknown {
  const disabled = own(entry, "disabled");
  if (disabled === undefined) return own(entry, "enabled");
  if (typeof disabled === "boolean") return !disabled && (own(entry, "enabled") ?? true);
  report("problem", [...path, "disabled"], '"disabled" is something else: expected true or false');
  return undefined;
}

function transportOf(name: string, entry: Section, path: Path, report: Report): Section {
  const urlKeys = URL_KEYS.filter((key) => Object.hasOwn(entry, key));
  const hasCommand = Object.hasOwn(entry, "command");
  const given = own(entry, "type") ?? own(entry, "transport");
  if (given === undefined && (hasCommand ? 1 : 0) + urlKeys.length !== 1) {
    const keys = [...(hasCommand ? ["command"] : []), ...urlKeys];
    const state = keys.length === 0 ? 'no "command" and no "url"' : quoteAll(keys);
    report("problem", path, `Server ${quote(name)} has ${state}: expected one of them`);
    return STAND_IN;
  }
  const [urlKey] = urlKeys;
  const url = urlKey === undefined ? undefined : entry[urlKey];
  const type = typeof given === "string" ? TYPES.get(given.toLowerCase()) ?? given : given;
  const transport: Record<string, unknown> = { type: type ?? typeFromUrl(url, urlKey) };
  for (const key of ["command", "args", "env", "cwd", "headers"]) {
    if (Object.hasOwn(entry, key)) transport[key] = entry[key];
  }
  if (url !== undefined) transport["url"] = url;
  return transport;
}

/** Clients that give only a URL mean Streamable HTTP, save where the path is the one that HTTP+SSE servers have. */
function typeFromUrl(url: unknown, key: string | undefined): string {
  if (key === undefined) return "stdio";
  const isSse = key === "url" && typeof url === "string" && /\/sse\/?($|\?)/.test(url);
  return isSse ? "sse" : "streamable_http";
}

function own(section: Section, key: string): unknown {
  return Object.hasOwn(section, key) ? section[key] : undefined;
}

interface Source {
  readonly where: Where;
  readonly listKey: ListKey;
  readonly entries: readonly (readonly [string, unknown])[];
}

function placeOf(path: Path, part: "key" | "value" | undefined, source: Source): Place {
  const { where, listKey, entries } = source;
  const [top, index, ...rest] = path;
  if (top !== "servers") return where(path, part);
  const [name, entry] = (typeof index === "number" ? entries[index] : undefined) ?? [];
  if (name === undefined) return where([listKey], part);
  const [first, ...below] = rest[0] === "transport" ? rest.slice(1) : rest;
  if (first === undefined || first === "id") return where([listKey, name], "key");
  return where([listKey, name, keyFor(first, entry), ...below], part);
}

/** The key of the client's entry that one of our keys was read from. */
function keyFor(key: string | number, entry: unknown): string | number {
  const names = key === "url"
    ? URL_KEYS
    : key === "type"
    ? ["type", "transport"]
    : key === "enabled"
    ? ["disabled", "enabled"]
    : [];
  return names.find((name) => isSection(entry) && Object.hasOwn(entry, name)) ?? key;
}
