export type Era = "2025" | "2026";

const META = "io.modelcontextprotocol";
const VERSIONS = { 2025: "2025-11-25", 2026: "2026-07-28" } as const;
const CLIENT = { name: "bench", version: "1.0.0" };
/** All ids have as many digits as this one, so that a request's length never changes. */
export const FIRST_ID = 1_000_000_000;

/** A request as a client of this era sends it. */
export function request(era: Era, method: string, params: object, id = FIRST_ID): string {
  const _meta = {
    [`${META}/protocolVersion`]: VERSIONS[2026],
    [`${META}/clientInfo`]: CLIENT,
    [`${META}/clientCapabilities`]: {},
  };
  const full = era === "2026" ? { ...params, _meta } : params;
  return JSON.stringify({ jsonrpc: "2.0", id, method, params: full });
}

/** The two messages with which a client of 2025 begins. */
export const HANDSHAKE_2025: readonly [string, string] = [
  request("2025", "initialize", {
    protocolVersion: VERSIONS[2025],
    capabilities: {},
    clientInfo: CLIENT,
  }),
  JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }),
];

/** The call that is measured. */
export function echoCall(era: Era, tool: string): string {
  return request(era, "tools/call", { name: tool, arguments: { text: "The quick brown fox" } });
}

/** The headers that go with a request over HTTP. */
export function requestHeaders(era: Era, method: string, name?: string): Record<string, string> {
  const headers: Record<string, string> = {
    "accept": "application/json, text/event-stream",
    "content-type": "application/json",
  };
  if (method !== "initialize") headers["mcp-protocol-version"] = VERSIONS[era];
  if (era === "2026") headers["mcp-method"] = method;
  if (era === "2026" && name !== undefined) headers["mcp-name"] = name;
  return headers;
}

/** The bytes of a message, in which the ten digits of {@link FIRST_ID} can be overwritten by another id. */
export class Template {
  readonly bytes: Uint8Array;
  readonly #idAt: number;

  constructor(text: string) {
    this.bytes = new TextEncoder().encode(text);
    this.#idAt = text.indexOf(`"id":${FIRST_ID}`) + `"id":`.length;
  }

  setId(id: number): void {
    let rest = id;
    for (let at = this.#idAt + 9; at >= this.#idAt; at--) {
      this.bytes[at] = 48 + rest % 10;
      rest = Math.floor(rest / 10);
    }
  }
}
