import type { JsonObject } from "../mcp/frames.ts";
import { RpcCode } from "../mcp/frames.ts";
import { isJsonObject } from "../mcp/json.ts";
import { MetaKey, metaOf } from "../mcp/meta.ts";
import { isVersion2025, VERSION_2026, VERSIONS_2025 } from "../mcp/versions.ts";
import { GatewayError } from "../pipeline/errors.ts";
import type { Connection } from "./connection.ts";
import type { ProtocolChoice } from "./options.ts";
import type { Outcome } from "./pending.ts";

/** What a server said of itself when we connected. */
export interface ServerFacts {
  readonly capabilities: JsonObject;
  readonly info: JsonObject | undefined;
  readonly instructions: string | undefined;
}

export interface HandshakeOptions {
  readonly server: string;
  readonly protocol: ProtocolChoice;
  /** Who we say we are. */
  readonly clientInfo: JsonObject;
  /** What a 2025 server is told that its client can do. */
  readonly capabilities: JsonObject;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How long a server may leave `server/discover` unanswered before it is taken for one that does not know it. */
const PROBE_MS = 10_000;

/** A server that cannot be talked to; trying again may help, falling back to another era will not. */
export class HandshakeError extends Error {
  override readonly name = "HandshakeError";
}

/** The server ended when it was probed: there are 2025 servers that exit on anything but `initialize`. */
export class ProbeFatalError extends Error {
  override readonly name = "ProbeFatalError";
}

/**
 * Agrees on a revision: asks `server/discover` and falls back to `initialize` for a server that does not know it
 * (2026-07-28 basic/transports/stdio and streamable-http, Backward Compatibility). The verdict holds for this
 * connection; one that could not be reached is an error, never a verdict.
 */
export async function handshake(
  connection: Connection,
  options: HandshakeOptions,
): Promise<ServerFacts> {
  if (options.protocol === "2025") return await initialize(connection, options);
  const answer = await probe(connection, options);
  if (answer.kind === "modern") {
    connection.agreed({ era: "2026", version: VERSION_2026 });
    return answer.facts;
  }
  if (options.protocol === "2026") {
    throw new HandshakeError(`Server does not speak ${VERSION_2026}: ${answer.why}`);
  }
  return await initialize(connection, options);
}

type Verdict =
  | { readonly kind: "modern"; readonly facts: ServerFacts }
  | { readonly kind: "legacy"; readonly why: string };

async function probe(connection: Connection, options: HandshakeOptions): Promise<Verdict> {
  const timeoutMs = options.protocol === "2026"
    ? options.timeoutMs
    : Math.min(PROBE_MS, options.timeoutMs);
  let outcome: Outcome;
  try {
    outcome = await connection.exchange({
      method: "server/discover",
      params: {},
      client: { info: options.clientInfo, capabilities: {} },
      silenceMs: timeoutMs,
      maxMs: timeoutMs,
      signal: options.signal,
    }, "2026");
  } catch (error) {
    return { kind: "legacy", why: silence(error, options) };
  }
  if (outcome.error !== undefined) return refusal(outcome.error);
  const { supportedVersions, capabilities, instructions } = outcome.result;
  if (!Array.isArray(supportedVersions)) {
    return { kind: "legacy", why: "server/discover gave no versions" };
  }
  if (!supportedVersions.includes(VERSION_2026)) return otherVersions(supportedVersions);
  const info = metaOf(outcome.result)[MetaKey.serverInfo];
  return {
    kind: "modern",
    facts: {
      capabilities: isJsonObject(capabilities) ? capabilities : {},
      info: isJsonObject(info) ? info : undefined,
      instructions: typeof instructions === "string" ? instructions : undefined,
    },
  };
}

/** Which failures say "knows no such request"; all others say nothing of the era and are thrown. */
function silence(error: unknown, options: HandshakeOptions): string {
  if (!(error instanceof GatewayError) || options.signal.aborted) throw error;
  if (error.reason === "backend_timeout") return "it did not answer server/discover";
  if (error.reason === "backend_crashed" && options.protocol === "auto") {
    throw new ProbeFatalError(error.detail ?? error.message);
  }
  const { status } = error.data;
  if (error.reason === "backend_invalid" && typeof status === "number") {
    if (status === 401 || status === 403 || status === 429 || status >= 500) throw error;
    return `it answered server/discover with HTTP ${status}`;
  }
  throw error;
}

function refusal(
  error: { readonly code: number; readonly message: string; readonly data?: unknown },
): Verdict {
  switch (error.code) {
    case RpcCode.unsupportedProtocolVersion: {
      const supported = isJsonObject(error.data) ? error.data.supported : undefined;
      return otherVersions(Array.isArray(supported) ? supported : []);
    }
    case RpcCode.headerMismatch:
    case RpcCode.missingClientCapability:
      throw new HandshakeError(`Server refused server/discover: ${error.message}`);
    default:
      return { kind: "legacy", why: `it answered server/discover with error ${error.code}` };
  }
}

/** A server of another modern revision can still be used if it speaks one of 2025 as well. */
function otherVersions(versions: readonly unknown[]): Verdict {
  if (versions.some(isVersion2025)) {
    return { kind: "legacy", why: "it offers older revisions only" };
  }
  const offered = versions.filter((version) => typeof version === "string").join(", ");
  throw new HandshakeError(`Server speaks none of our revisions: it offers ${offered || "none"}`);
}

async function initialize(connection: Connection, options: HandshakeOptions): Promise<ServerFacts> {
  const outcome = await connection.exchange({
    method: "initialize",
    params: {
      protocolVersion: VERSIONS_2025[0],
      capabilities: options.capabilities,
      clientInfo: options.clientInfo,
    },
    silenceMs: options.timeoutMs,
    maxMs: options.timeoutMs,
    signal: options.signal,
  }, "2025");
  if (outcome.error !== undefined) {
    throw new HandshakeError(`Server refused initialize: ${outcome.error.message}`);
  }
  const { protocolVersion, capabilities, serverInfo, instructions } = outcome.result;
  if (!isVersion2025(protocolVersion)) {
    throw new HandshakeError(
      `Server chose a revision we do not speak: ${JSON.stringify(protocolVersion)}`,
    );
  }
  connection.agreed({ era: "2025", version: protocolVersion });
  await connection.notify("notifications/initialized");
  return {
    capabilities: isJsonObject(capabilities) ? capabilities : {},
    info: isJsonObject(serverInfo) ? serverInfo : undefined,
    instructions: typeof instructions === "string" ? instructions : undefined,
  };
}
