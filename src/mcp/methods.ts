import type { ListKind } from "./message.ts";

/** The methods of either era that ask a server for its features; all of them become calls. */
export const CALL_METHODS: ReadonlySet<string> = new Set([
  "tools/list",
  "tools/call",
  "prompts/list",
  "prompts/get",
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "completion/complete",
]);

/** Results that carry `ttlMs` and `cacheScope` in 2026-07-28 (server/utilities/caching). */
export const CACHEABLE_METHODS: ReadonlySet<string> = new Set([
  "server/discover",
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "resources/read",
]);

/** Methods whose reply may be `input_required` (2026-07-28 basic/patterns/mrtr, Supported Requests). */
export const INPUT_METHODS: ReadonlySet<string> = new Set([
  "tools/call",
  "prompts/get",
  "resources/read",
]);

/** The server capability that a method needs. */
export const METHOD_CAPABILITY: ReadonlyMap<string, string> = new Map([
  ["tools/list", "tools"],
  ["tools/call", "tools"],
  ["prompts/list", "prompts"],
  ["prompts/get", "prompts"],
  ["resources/list", "resources"],
  ["resources/templates/list", "resources"],
  ["resources/read", "resources"],
  ["completion/complete", "completions"],
]);

/** How each kind of list is asked for, and what it is called in the result. */
export const LISTS: Readonly<
  Record<ListKind, { readonly method: string; readonly key: ListKind; readonly capability: string }>
> = {
  tools: { method: "tools/list", key: "tools", capability: "tools" },
  prompts: { method: "prompts/list", key: "prompts", capability: "prompts" },
  resources: { method: "resources/list", key: "resources", capability: "resources" },
  resourceTemplates: {
    method: "resources/templates/list",
    key: "resourceTemplates",
    capability: "resources",
  },
};

/** The kind of list a method asks for. */
export function listKindOf(method: string): ListKind | undefined {
  switch (method) {
    case "tools/list":
      return "tools";
    case "prompts/list":
      return "prompts";
    case "resources/list":
      return "resources";
    case "resources/templates/list":
      return "resourceTemplates";
    default:
      return undefined;
  }
}
