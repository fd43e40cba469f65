import { encodeFrame, errorFrame, type RequestId } from "../mcp/frames.ts";
import { GatewayError, type Reason } from "../pipeline/errors.ts";

/** Headers that every answer carries. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};

export interface Refusal {
  readonly status: number;
  readonly reason: Reason;
  readonly message: string;
  /** The request it answers, where its id could be read. */
  readonly id?: RequestId | undefined;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An HTTP answer that says no: a JSON-RPC error, and an id to find the matter in a report. */
export function refuse({ status, reason, message, id, data, headers }: Refusal): Response {
  const error = new GatewayError(reason, message, data).toRpcError();
  return new Response(encodeFrame(errorFrame(id, error)), {
    status,
    headers: {
      ...SAFE_HEADERS,
      "content-type": "application/json",
      "x-request-id": crypto.randomUUID(),
      ...headers,
    },
  });
}

/** The refusal of an HTTP method, with those that an address has. */
export function notAllowed(allow: string): Response {
  return refuse({
    status: 405,
    reason: "invalid_request",
    message: "HTTP method is not allowed here",
    headers: { allow },
  });
}

/** The refusal of what comes too late. */
export function stopping(): Response {
  return refuse({
    status: 503,
    reason: "shutting_down",
    message: "Gateway is stopping",
    headers: { "retry-after": "5" },
  });
}
