import { encodeEvent } from "../mcp/events.ts";
import {
  errorFrame,
  type JsonObject,
  type NotificationFrame,
  type RequestFrame,
  type ResponseFrame,
  resultFrame,
} from "../mcp/frames.ts";
import { MetaKey, withMeta } from "../mcp/meta.ts";
import { CALL_METHODS } from "../mcp/methods.ts";
import { decodeRequest2026, encodeReply2026, type Request2026 } from "../mcp/rev2026.ts";
import { SUPPORTED_VERSIONS, VERSION_2026 } from "../mcp/versions.ts";
import { GatewayError } from "../pipeline/errors.ts";
import { ANONYMOUS, type Desk, makeCall } from "./desk.ts";

const METHODS = new Set([...CALL_METHODS, "server/discover", "subscriptions/listen"]);

/** Reads and judges a request of 2026-07-28. @throws {GatewayError} for one that may not go on */
export function admit2026(frame: RequestFrame): Request2026 {
  const request = decodeRequest2026(frame.params);
  if (typeof request === "string") throw new GatewayError("invalid_params", request);
  if (request.version !== VERSION_2026) {
    throw new GatewayError("unsupported_version", "Unsupported protocol version", {
      supported: SUPPORTED_VERSIONS,
      requested: request.version,
    });
  }
  if (!METHODS.has(frame.method)) {
    throw new GatewayError("method_not_found", `Method not found: ${frame.method.slice(0, 128)}`);
  }
  return request;
}

export interface Serve2026 {
  readonly desk: Desk;
  readonly scope: string | undefined;
  readonly signal: AbortSignal;
  /** Takes notifications that belong to the request. */
  readonly emit: (frame: NotificationFrame) => void;
}

/** Carries out a request that was admitted; undefined when its caller has cancelled and wants no answer. */
export async function serve2026(
  frame: RequestFrame,
  request: Request2026,
  { desk, scope, signal, emit }: Serve2026,
): Promise<ResponseFrame | undefined> {
  const isSubscription = frame.method === "subscriptions/listen";
  const binding = isSubscription
    ? { subscriptionId: frame.id }
    : { progressToken: request.progressToken };
  const reply = await desk.handle(makeCall({
    method: frame.method,
    params: request.params,
    client: request.client,
    conversation: ANONYMOUS.id,
    scope,
    signal,
    wantsProgress: request.progressToken !== undefined,
    logs: request.logs,
    emit: (event) => {
      const notification = encodeEvent(event, binding);
      if (notification !== undefined && !signal.aborted) emit(notification);
    },
  }));
  if (signal.aborted) return undefined;
  const encoded = encodeReply2026(frame.method, reply, {
    serverInfo: desk.serverInfo,
    capabilities: request.client.capabilities,
  });
  if ("error" in encoded) return errorFrame(frame.id, encoded.error);
  return resultFrame(frame.id, completed(frame, encoded.result));
}

/** What only the edge can add: the revisions it speaks, the subscription that a final result ends. */
function completed(frame: RequestFrame, result: JsonObject): JsonObject {
  if (frame.method === "server/discover") {
    return { supportedVersions: SUPPORTED_VERSIONS, ...result };
  }
  if (frame.method === "subscriptions/listen") {
    return withMeta(result, { [MetaKey.subscriptionId]: frame.id });
  }
  return result;
}
