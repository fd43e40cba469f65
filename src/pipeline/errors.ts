import { RpcCode, type RpcError } from "../mcp/frames.ts";
import type { Reply } from "../mcp/message.ts";

/** The stable words that our own errors carry in `data.reason`, with their JSON-RPC codes. */
export const REASONS = {
  parse_error: RpcCode.parseError,
  invalid_request: RpcCode.invalidRequest,
  invalid_params: RpcCode.invalidParams,
  header_mismatch: RpcCode.headerMismatch,
  missing_capability: RpcCode.missingClientCapability,
  unsupported_version: RpcCode.unsupportedProtocolVersion,
  method_not_found: RpcCode.methodNotFound,
  /** A tool, prompt or resource that does not exist, or that the caller may not know of: the same bytes for both. */
  not_found: RpcCode.invalidParams,
  session_not_found: RpcCode.invalidRequest,
  origin_denied: RpcCode.invalidRequest,
  host_denied: RpcCode.invalidRequest,
  payload_too_large: RpcCode.invalidRequest,
  not_acceptable: RpcCode.invalidRequest,
  /** The backend is not connected and the call was not sent. */
  backend_unavailable: RpcCode.internalError,
  backend_timeout: RpcCode.internalError,
  backend_crashed: RpcCode.internalError,
  backend_invalid: RpcCode.internalError,
  /** The connection was lost after the call was sent: it may or may not have been carried out. */
  outcome_unknown: RpcCode.internalError,
  overloaded: RpcCode.internalError,
  /** The server asked the caller a question that cannot be put to this caller. */
  input_unsupported: RpcCode.internalError,
  cancelled: RpcCode.internalError,
  shutting_down: RpcCode.internalError,
  internal: RpcCode.internalError,
} as const;
export type Reason = keyof typeof REASONS;

/** An error of the gateway's own making: denied, unroutable, unreachable, too slow. Never a relayed one, never a bug. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly reason: Reason;
  readonly data: Readonly<Record<string, unknown>>;

  /** More of it for the operator's log; clients never see this. */
  readonly detail: string | undefined;

  constructor(
    reason: Reason,
    message: string,
    data: Readonly<Record<string, unknown>> = {},
    detail?: string,
  ) {
    super(message);
    this.reason = reason;
    this.data = data;
    this.detail = detail;
  }

  /** The JSON-RPC form; `data.reason` first, then what the thrower added. */
  toRpcError(): RpcError {
    return {
      code: REASONS[this.reason],
      message: this.message,
      data: { reason: this.reason, ...this.data },
    };
  }
}

/** The reply for one of our own errors. */
export function errorReply(error: GatewayError): Reply {
  const { reason, detail } = error;
  return {
    kind: "error",
    error: error.toRpcError(),
    reason,
    ...detail === undefined ? {} : { detail },
  };
}
