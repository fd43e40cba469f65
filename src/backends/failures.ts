import { GatewayError } from "../pipeline/errors.ts";
import type { Pending } from "./pending.ts";
import { TransportError } from "./transports/transport.ts";

// What clients are told when a server fails them. What the operating system, a server's stderr or an HTTP body said of
// it stays on this side: it goes into the log as the error's detail.

/** A server that no longer knows our session: the connection must be made anew. */
export class SessionLostError extends Error {
  override readonly name = "SessionLostError";
}

/** The call was certainly not sent. */
export function unavailable(server: string, detail: string): GatewayError {
  return new GatewayError(
    "backend_unavailable",
    `Server "${server}" is not available`,
    { server },
    detail,
  );
}

/** Its stream ended without an answer. */
export function unanswered(server: string): GatewayError {
  return new GatewayError(
    "outcome_unknown",
    `Server "${server}" closed the stream without an answer`,
    { server },
  );
}

/** We ended the connection ourselves, while the request was with the server. */
export function disconnected(server: string, { method }: Pending): GatewayError {
  return new GatewayError(
    "outcome_unknown",
    `Server "${server}" was disconnected during ${method}`,
    { server },
  );
}

/** The server went away while the request was with it. */
export function broken(
  server: string,
  { method }: Pending,
  how: "crashed" | "lost",
  detail: string,
): GatewayError {
  return how === "crashed"
    ? new GatewayError(
      "backend_crashed",
      `Server "${server}" crashed during ${method}`,
      { server },
      detail,
    )
    : new GatewayError(
      "outcome_unknown",
      `Lost server "${server}" during ${method}`,
      { server },
      detail,
    );
}

/** What the server said makes no sense. */
export function invalid(server: string, detail: string, status?: number): GatewayError {
  const said = status === undefined ? "" : `: HTTP ${status}`;
  const data = status === undefined ? { server } : { server, status };
  return new GatewayError(
    "backend_invalid",
    `Server "${server}" gave an invalid answer${said}`,
    data,
    detail,
  );
}

/** The error of a message that could not be delivered. */
export function sendFailure(server: string, error: unknown): unknown {
  if (!(error instanceof TransportError)) return error;
  if (error.kind === "session_lost") return new SessionLostError(error.message);
  if (error.kind === "overloaded") {
    return new GatewayError(
      "overloaded",
      `Server "${server}" is overloaded`,
      { server },
      error.message,
    );
  }
  if (error.kind === "invalid") return invalid(server, error.message, error.status);
  if (!error.sent) return unavailable(server, error.message);
  if (error.status !== undefined) return invalid(server, error.message, error.status);
  return new GatewayError("outcome_unknown", `Lost server "${server}" after the call was sent`, {
    server,
  }, error.message);
}

/** The request took too long. */
export function timedOut(server: string, pending: Pending): GatewayError {
  const { method, silenceMs, maxMs } = pending;
  const how = pending.deadline >= pending.lastMoment
    ? `took longer than ${maxMs} ms`
    : `gave no answer or progress for ${silenceMs} ms`;
  return new GatewayError("backend_timeout", `Call to "${server}" timed out: ${method} ${how}`, {
    server,
  });
}

export function cancelled(method: string): GatewayError {
  return new GatewayError("cancelled", `Call was cancelled: ${method}`);
}
