import type { Frame } from "./frames.ts";
import { MetaKey, metaOf } from "./meta.ts";
import { type Era, isVersion2025 } from "./versions.ts";

/** What of the envelope helps to tell the era; all undefined on stdio. */
export interface Envelope {
  /** The `MCP-Protocol-Version` header. */
  readonly versionHeader: string | undefined;
  /** Whether an `Mcp-Session-Id` header is there. */
  readonly hasSession: boolean;
}

/**
 * Which era a client's frame belongs to (2026-07-28 basic/versioning, Backward Compatibility). Its own `_meta` decides;
 * without it a version header that is not of 2025 does, unless the frame names a session, which only 2025 has.
 */
export function classify(frame: Frame, envelope: Envelope): Era {
  if (frame.kind !== "response" && metaOf(frame.params)[MetaKey.protocolVersion] !== undefined) {
    return "2026";
  }
  if (envelope.hasSession || envelope.versionHeader === undefined) return "2025";
  return isVersion2025(envelope.versionHeader) ? "2025" : "2026";
}
