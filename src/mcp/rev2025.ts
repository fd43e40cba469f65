import type { JsonObject, RpcError } from "./frames.ts";
import { isJsonObject } from "./json.ts";
import type { Reply } from "./message.ts";
import { MetaKey, metaOf, withMeta, without, withoutProtocolMeta } from "./meta.ts";
import { CACHEABLE_METHODS, listKindOf } from "./methods.ts";
import type { Outgoing } from "./rev2026.ts";
import type { Version2025 } from "./versions.ts";

// 2024-11-05 to 2025-11-25: who asks and in which revision was said once, in `initialize`.

/** A client's request, taken apart; the rest of what a call needs is in its session. */
export interface Request2025 {
  readonly progressToken: unknown;
  readonly params: JsonObject;
}

export function decodeRequest2025(params: JsonObject | undefined): Request2025 {
  return {
    progressToken: metaOf(params)[MetaKey.progressToken],
    // Answers travel in messages of their own here; what looks like them in parameters means nothing.
    params: without(withoutProtocolMeta(params), ["inputResponses", "requestState"]),
  };
}

/** The parameters of a request to a 2025 server. */
export function encodeParams2025(call: Outgoing): JsonObject {
  if (call.progressToken === undefined) return call.params;
  return withMeta(call.params, { [MetaKey.progressToken]: call.progressToken });
}

/** A 2025 server's answer. */
export function decodeReply2025(
  outcome: { readonly result?: JsonObject; readonly error?: RpcError },
): Reply {
  if (outcome.error !== undefined) return { kind: "error", error: outcome.error };
  return { kind: "result", result: outcome.result ?? {} };
}

/** A reply as a 2025 client is to see it. `input_required` has no form here: the edge answers for it. */
export function encodeReply2025(
  method: string,
  reply: Exclude<Reply, { kind: "input_required" }>,
): { readonly result: JsonObject } | { readonly error: RpcError } {
  if (reply.kind === "error") return { error: reply.error };
  let result = reply.result;
  if (CACHEABLE_METHODS.has(method)) result = without(result, ["ttlMs", "cacheScope"]);
  if (method === "tools/call") result = withObjectStructure(result);
  if (listKindOf(method) === "tools") result = withObjectSchemas(result);
  return { result };
}

// 2026-07-28 lets structuredContent be any JSON value; before it must be an object, and clients refuse anything else.
function withObjectStructure(result: JsonObject): JsonObject {
  const { structuredContent } = result;
  if (structuredContent === undefined || isJsonObject(structuredContent)) return result;
  return without(result, ["structuredContent"]);
}

function withObjectSchemas(result: JsonObject): JsonObject {
  if (!Array.isArray(result.tools)) return result;
  const hasOddSchema = (tool: unknown) =>
    isJsonObject(tool) && isJsonObject(tool.outputSchema) && tool.outputSchema.type !== "object";
  if (!result.tools.some(hasOddSchema)) return result;
  return {
    ...result,
    tools: result.tools.map((tool: JsonObject) =>
      hasOddSchema(tool) ? without(tool, ["outputSchema"]) : tool
    ),
  };
}

/** Which questions can be put to a client that declared these capabilities in `initialize`, in 2026-07-28's terms. */
export function askableCapabilities(declared: JsonObject, version: Version2025): JsonObject {
  const { roots, sampling, elicitation, extensions } = declared;
  const hasElicitation = version >= "2025-06-18" && isJsonObject(elicitation);
  return {
    ...isJsonObject(roots) ? { roots: {} } : {},
    ...isJsonObject(sampling) ? { sampling } : {},
    ...hasElicitation ? { elicitation: version >= "2025-11-25" ? elicitation : { form: {} } } : {},
    ...isJsonObject(extensions)
      ? { extensions: without(extensions, ["io.modelcontextprotocol/tasks"]) }
      : {},
  };
}

/** A question as a 2025 client is to see it; an elicitation by URL has an id there, which 2026 servers do not give. */
export function questionFor2025(method: string, params: JsonObject): JsonObject {
  if (
    method !== "elicitation/create" || params.mode !== "url" || params.elicitationId !== undefined
  ) return params;
  return { ...params, elicitationId: crypto.randomUUID() };
}
