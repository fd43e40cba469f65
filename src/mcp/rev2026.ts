import { type JsonObject, RpcCode, type RpcError } from "./frames.ts";
import { isJsonObject, numberOf } from "./json.ts";
import { type ClientFacts, isLogLevel, type LogWish, type Reply } from "./message.ts";
import { MetaKey, metaOf, withMeta, without, withoutProtocolMeta } from "./meta.ts";
import { CACHEABLE_METHODS, INPUT_METHODS } from "./methods.ts";
import { VERSION_2026 } from "./versions.ts";

// 2026-07-28: stateless. Each request says in `_meta` who asks, in which revision and what the asker can do.

/** A client's request, taken apart. */
export interface Request2026 {
  readonly version: string;
  readonly client: ClientFacts;
  readonly logs: LogWish;
  readonly progressToken: unknown;
  /** Without what is protocol in `_meta`. */
  readonly params: JsonObject;
}

/** Reads the per-request fields; a string says which required one is missing or wrong (to be answered with -32602). */
export function decodeRequest2026(params: JsonObject | undefined): Request2026 | string {
  const meta = metaOf(params);
  const version = meta[MetaKey.protocolVersion];
  const capabilities = meta[MetaKey.clientCapabilities];
  const info = meta[MetaKey.clientInfo];
  const level = meta[MetaKey.logLevel];
  if (typeof version !== "string") return `Request lacks _meta["${MetaKey.protocolVersion}"]`;
  if (!isJsonObject(capabilities)) return `Request lacks _meta["${MetaKey.clientCapabilities}"]`;
  if (level !== undefined && !isLogLevel(level)) {
    return `_meta["${MetaKey.logLevel}"] is not a log level`;
  }
  return {
    version,
    client: {
      info: isJsonObject(info) ? info : undefined,
      capabilities: carriedCapabilities(capabilities),
    },
    logs: level ?? "none",
    progressToken: meta[MetaKey.progressToken],
    params: withoutProtocolMeta(params),
  };
}

/** A call as a server is to see it. */
export interface Outgoing {
  readonly method: string;
  readonly params: JsonObject;
  readonly client: ClientFacts;
  readonly logs: LogWish;
  /** Our own token; undefined when nobody wants to hear of progress. */
  readonly progressToken: number | undefined;
}

/** The parameters of a request to a 2026 server. */
export function encodeParams2026(call: Outgoing): JsonObject {
  const meta: Record<string, unknown> = {
    [MetaKey.protocolVersion]: VERSION_2026,
    [MetaKey.clientCapabilities]: call.client.capabilities,
  };
  if (call.client.info !== undefined) meta[MetaKey.clientInfo] = call.client.info;
  if (call.logs === "server_default") meta[MetaKey.logLevel] = "info";
  else if (call.logs !== "none") meta[MetaKey.logLevel] = call.logs;
  if (call.progressToken !== undefined) meta[MetaKey.progressToken] = call.progressToken;
  return withMeta(call.params, meta);
}

/** A 2026 server's answer. A `resultType` this program does not know is invalid (basic/index, ResultType). */
export function decodeReply2026(
  method: string,
  outcome: { readonly result?: JsonObject; readonly error?: RpcError },
): Reply | string {
  if (outcome.error !== undefined) return { kind: "error", error: outcome.error };
  const { resultType, ...result }: JsonObject = outcome.result ?? {};
  switch (resultType) {
    case undefined:
    case "complete":
      return { kind: "result", result };
    case "input_required":
      if (!INPUT_METHODS.has(method)) return `${method} cannot be answered with input_required`;
      if (result.inputRequests === undefined && result.requestState === undefined) {
        return "An input_required result has neither inputRequests nor requestState";
      }
      return { kind: "input_required", result };
    default:
      return `Unknown resultType ${JSON.stringify(resultType)}`;
  }
}

/** What of a 2026 request, and of ourselves, its answer depends on. */
export interface ReplyContext {
  /** Who we are; said where the result does not name its maker. */
  readonly serverInfo: JsonObject;
  /** What the client can be asked. */
  readonly capabilities: JsonObject;
}

/** A reply as a 2026 client is to see it. */
export function encodeReply2026(
  method: string,
  reply: Reply,
  { serverInfo, capabilities }: ReplyContext,
): { readonly result: JsonObject } | { readonly error: RpcError } {
  if (reply.kind === "error") {
    const asked = urlQuestions(method, reply.error, capabilities);
    if (asked === undefined) return { error: modernError(reply.error) };
    return encodeReply2026(method, asked, { serverInfo, capabilities });
  }
  const meta = { [MetaKey.serverInfo]: serverInfo, ...metaOf(reply.result) };
  if (reply.kind === "input_required") {
    return { result: { ...reply.result, resultType: "input_required", _meta: meta } };
  }
  const hints = CACHEABLE_METHODS.has(method) ? cacheHints(reply.result) : {};
  return { result: { ...reply.result, ...hints, resultType: "complete", _meta: meta } };
}

/** The HTTP status that goes with an answer (2026-07-28 basic/transports/streamable-http). */
export function httpStatus2026(error: RpcError | undefined): number {
  switch (error?.code) {
    case RpcCode.methodNotFound:
      return 404;
    case RpcCode.headerMismatch:
    case RpcCode.missingClientCapability:
    case RpcCode.unsupportedProtocolVersion:
      return 400;
    default:
      return 200;
  }
}

/** Capabilities without those this gateway does not carry: handles of tasks would name no server. */
function carriedCapabilities(capabilities: JsonObject): JsonObject {
  if (!isJsonObject(capabilities.extensions)) return capabilities;
  return {
    ...capabilities,
    extensions: without(capabilities.extensions, ["io.modelcontextprotocol/tasks"]),
  };
}

function cacheHints(result: JsonObject): JsonObject {
  const ttlMs = Math.floor(numberOf(result.ttlMs) ?? 0);
  return {
    ttlMs: Number.isSafeInteger(ttlMs) && ttlMs > 0 ? ttlMs : 0,
    cacheScope: result.cacheScope === "public" ? "public" : "private",
  };
}

// Codes that a server of this revision must not emit (basic/index, Error Codes).
function modernError(error: RpcError): RpcError {
  switch (error.code) {
    case -32002:
      return { ...error, code: RpcCode.invalidParams };
    case -32042:
      return { ...error, code: RpcCode.internalError };
    default:
      return error;
  }
}

/**
 * 2025-11-25 servers refuse a call until the user has been to a URL, with an error of their own (-32042); here that is
 * a question, after which the client makes the call again.
 */
function urlQuestions(
  method: string,
  error: RpcError,
  capabilities: JsonObject,
): Reply | undefined {
  const { elicitation } = capabilities;
  if (error.code !== -32042 || !INPUT_METHODS.has(method)) return undefined;
  if (!isJsonObject(elicitation) || !isJsonObject(elicitation.url) || !isJsonObject(error.data)) {
    return undefined;
  }
  const { elicitations } = error.data;
  if (
    !Array.isArray(elicitations) || elicitations.length === 0 || !elicitations.every(isJsonObject)
  ) return undefined;
  const inputRequests = Object.fromEntries(
    elicitations.map((params, at) => [
      `url${at + 1}`,
      { method: "elicitation/create", params: without(params, ["elicitationId"]) },
    ]),
  );
  return { kind: "input_required", result: { inputRequests } };
}
