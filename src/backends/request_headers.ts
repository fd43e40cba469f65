import type { JsonObject } from "../mcp/frames.ts";
import { encodeHeaderValue, headerParams, paramHeaders } from "../mcp/param_headers.ts";

/**
 * The headers that mirror a request's body beyond its method and version (2026-07-28 basic/transports/streamable-http,
 * Standard Request Headers and Custom Headers from Tool Parameters).
 */
export function requestHeaders(
  method: string,
  params: JsonObject,
  inputSchema: unknown,
): Record<string, string> | undefined {
  switch (method) {
    case "tools/call": {
      const mirrored = headerParams(inputSchema);
      const extra = typeof mirrored === "string" ? {} : paramHeaders(mirrored, params.arguments);
      return { ...named(params.name), ...extra };
    }
    case "prompts/get":
      return named(params.name);
    case "resources/read":
      return named(params.uri);
    default:
      return undefined;
  }
}

function named(name: unknown): Record<string, string> {
  return typeof name === "string" ? { "Mcp-Name": encodeHeaderValue(name) } : {};
}
