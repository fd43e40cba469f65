import type { JsonObject } from "../mcp/frames.ts";
import type { RoutedCall } from "../pipeline/call.ts";

const never = new AbortController().signal;

/** A call the gateway makes for itself, to learn what a server offers. */
export function listCall(server: string, method: string, params: JsonObject): RoutedCall {
  return {
    at: "backend side",
    id: "catalog",
    server,
    method,
    params,
    client: { info: undefined, capabilities: {} },
    principal: { id: "gateway" },
    conversation: "gateway",
    wantsProgress: false,
    logs: "none",
    signal: never,
    emit() {},
    trace: {},
  };
}
