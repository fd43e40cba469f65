import { isJsonObject, numberOf, type RawNumber } from "./json.ts";

/** Parameters, results, tools, `_meta`: any JSON object whose unknown fields must survive. */
export type JsonObject = { readonly [key: string]: unknown };

/** A JSON-RPC id. MCP forbids `null`; an integer above 2^53 is kept as its text. */
export type RequestId = string | number | RawNumber;

/** A map key for an id: `1` and `"1"` are different requests. */
export function idKey(id: RequestId): string {
  return JSON.stringify(id);
}

/** A JSON-RPC error object. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export interface RequestFrame {
  readonly kind: "request";
  readonly id: RequestId;
  readonly method: string;
  readonly params: JsonObject | undefined;
}

export interface NotificationFrame {
  readonly kind: "notification";
  readonly method: string;
  readonly params: JsonObject | undefined;
}

/** A response; `id` is undefined only for an error about a request whose id could not be read. */
export interface ResponseFrame {
  readonly kind: "response";
  readonly id: RequestId | undefined;
  readonly outcome:
    | { readonly result: JsonObject; readonly error?: never }
    | { readonly error: RpcError; readonly result?: never };
}

/** One JSON-RPC 2.0 message. */
export type Frame = RequestFrame | NotificationFrame | ResponseFrame;

/** What a value turned out not to be, with the id to answer to where one could be read. */
export interface NotAFrame {
  readonly kind: "invalid";
  readonly id: RequestId | undefined;
  readonly why: string;
}

/** The JSON-RPC and MCP error codes we emit ourselves (2026-07-28 basic/index, Error Codes). */
export const RpcCode = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  headerMismatch: -32020,
  missingClientCapability: -32021,
  unsupportedProtocolVersion: -32022,
} as const;

/** Reads one parsed JSON value as a JSON-RPC frame. Never throws. */
export function decodeFrame(value: unknown): Frame | NotAFrame {
  if (!isJsonObject(value)) return invalid(undefined, "Message is not a JSON object");
  const { id, method, params } = value;
  const knownId = isRequestId(id) ? id : undefined;
  if (value.jsonrpc !== "2.0") return invalid(knownId, 'Message lacks "jsonrpc": "2.0"');
  if (typeof method === "string") {
    if (params !== undefined && !isJsonObject(params)) {
      return invalid(knownId, '"params" is not an object');
    }
    if (!("id" in value)) return { kind: "notification", method, params };
    if (knownId === undefined) return invalid(undefined, '"id" is neither a string nor an integer');
    return { kind: "request", id: knownId, method, params };
  }
  if (method !== undefined) return invalid(knownId, '"method" is not a string');
  return decodeResponse(value, knownId);
}

/** Writes a frame as JSON text, without a newline. */
export function encodeFrame(frame: Frame): string {
  switch (frame.kind) {
    case "request":
      return JSON.stringify({
        jsonrpc: "2.0",
        id: frame.id,
        method: frame.method,
        params: frame.params,
      });
    case "notification":
      return JSON.stringify({ jsonrpc: "2.0", method: frame.method, params: frame.params });
    case "response":
      return frame.outcome.error === undefined
        ? JSON.stringify({ jsonrpc: "2.0", id: frame.id, result: frame.outcome.result })
        : JSON.stringify({ jsonrpc: "2.0", id: frame.id, error: frame.outcome.error });
  }
}

/** A response carrying a result. */
export function resultFrame(id: RequestId, result: JsonObject): ResponseFrame {
  return { kind: "response", id, outcome: { result } };
}

/** A response carrying an error. */
export function errorFrame(id: RequestId | undefined, error: RpcError): ResponseFrame {
  return { kind: "response", id, outcome: { error } };
}

function decodeResponse(value: JsonObject, id: RequestId | undefined): Frame | NotAFrame {
  const { result, error } = value;
  if (isJsonObject(error)) {
    if (result !== undefined) return invalid(id, 'Response has both "result" and "error"');
    // A server that sends a broken error object still said no; keep what can be read.
    const given = numberOf(error.code);
    const code = Number.isInteger(given) ? given as number : RpcCode.internalError;
    const message = typeof error.message === "string" ? error.message : "Unspecified error";
    return errorFrame(
      id,
      "data" in error ? { code, message, data: error.data } : { code, message },
    );
  }
  if (!isJsonObject(result)) {
    return invalid(id, 'Message has neither "method" nor "result" nor "error" objects');
  }
  if (id === undefined) return invalid(undefined, 'Response lacks a string or integer "id"');
  return resultFrame(id, result);
}

/** Whether a value can be a request's id. */
export function isRequestId(id: unknown): id is RequestId {
  return typeof id === "string" || Number.isInteger(numberOf(id));
}

function invalid(id: RequestId | undefined, why: string): NotAFrame {
  return { kind: "invalid", id, why };
}
