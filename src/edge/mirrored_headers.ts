import type { RequestFrame } from "../mcp/frames.ts";
import { decodeHeaderValue, headerParams, paramHeaderMismatch } from "../mcp/param_headers.ts";
import { MetaKey, metaOf } from "../mcp/meta.ts";

type Header = (name: string) => string | undefined;

/** Where the value that `Mcp-Name` mirrors stands in the parameters. */
const NAMED: ReadonlyMap<string, "name" | "uri"> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
]);

/**
 * Why the headers of a 2026 request do not mirror its body; undefined where they do (2026-07-28
 * basic/transports/streamable-http, Server Validation).
 */
export async function headerMismatch(
  frame: RequestFrame,
  header: Header,
  inputSchema: (tool: string) => Promise<unknown>,
): Promise<string | undefined> {
  return standardMismatch(frame, header) ?? await paramMismatch(frame, header, inputSchema);
}

function standardMismatch({ method, params }: RequestFrame, header: Header): string | undefined {
  const methodHeader = header("mcp-method");
  if (methodHeader === undefined) return "Mcp-Method is missing";
  if (methodHeader !== method) return "Mcp-Method does not match the method in the body";

  const key = NAMED.get(method);
  if (key !== undefined) {
    const nameHeader = header("mcp-name");
    if (nameHeader === undefined) return "Mcp-Name is missing";
    const name = decodeHeaderValue(nameHeader);
    if (name === undefined) return "Mcp-Name is not a valid header value";
    if (name !== params?.[key]) return `Mcp-Name does not match params.${key} in the body`;
  }

  const versionHeader = header("mcp-protocol-version");
  if (versionHeader === undefined) return "MCP-Protocol-Version is missing";
  const version = metaOf(params)[MetaKey.protocolVersion];
  if (version !== undefined && version !== versionHeader) {
    return "MCP-Protocol-Version does not match the version in _meta";
  }
  return undefined;
}

async function paramMismatch(
  { method, params }: RequestFrame,
  header: Header,
  inputSchema: (tool: string) => Promise<unknown>,
): Promise<string | undefined> {
  if (method !== "tools/call" || typeof params?.name !== "string") return undefined;
  const mirrored = headerParams(await inputSchema(params.name));
  if (typeof mirrored === "string" || mirrored.length === 0) return undefined;
  return paramHeaderMismatch(mirrored, params.arguments, (name) => header(name.toLowerCase()));
}
