import type { JsonObject } from "./frames.ts";
import { isJsonObject } from "./json.ts";

/** The `_meta` keys that are protocol, not payload (2026-07-28 basic/index, Reserved keys). */
export const MetaKey = {
  progressToken: "progressToken",
  protocolVersion: "io.modelcontextprotocol/protocolVersion",
  clientInfo: "io.modelcontextprotocol/clientInfo",
  clientCapabilities: "io.modelcontextprotocol/clientCapabilities",
  logLevel: "io.modelcontextprotocol/logLevel",
  serverInfo: "io.modelcontextprotocol/serverInfo",
  subscriptionId: "io.modelcontextprotocol/subscriptionId",
} as const;

const REQUEST_KEYS: readonly string[] = [
  MetaKey.progressToken,
  MetaKey.protocolVersion,
  MetaKey.clientInfo,
  MetaKey.clientCapabilities,
  MetaKey.logLevel,
];

/** The `_meta` of parameters or a result; an empty object where there is none. */
export function metaOf(value: JsonObject | undefined): JsonObject {
  return isJsonObject(value?._meta) ? value._meta : {};
}

/** Parameters without what is protocol in their `_meta`; an emptied `_meta` goes too. */
export function withoutProtocolMeta(params: JsonObject | undefined): JsonObject {
  if (params === undefined) return {};
  if (params._meta === undefined) return params;
  const { _meta, ...rest } = params;
  const payload = without(isJsonObject(_meta) ? _meta : {}, REQUEST_KEYS);
  return Object.keys(payload).length === 0 ? rest : { ...rest, _meta: payload };
}

/** The same object with keys added to its `_meta`; what is there already is kept under other names only. */
export function withMeta(value: JsonObject, extra: JsonObject): JsonObject {
  return { ...value, _meta: { ...metaOf(value), ...extra } };
}

/** A copy of an object that lacks some keys. */
export function without(value: JsonObject, keys: readonly string[]): JsonObject {
  // Deleting from a copy would make it an object that V8 reads and writes slowly.
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}
