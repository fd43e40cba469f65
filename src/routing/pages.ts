import { isJsonObject } from "../mcp/json.ts";
import type { ListKind } from "../mcp/message.ts";
import { GatewayError } from "../pipeline/errors.ts";
import type { Merged } from "./merge.ts";

/** Items a page. Many clients never ask for a second page, so that it should rarely be needed. */
const PAGE_ITEMS = 1000;

/**
 * One page of a merged list. A cursor names the last item of the page before, not a position, so that a list that
 * changes in between neither repeats nor skips what did not change.
 *
 * @throws {GatewayError} `invalid_params` for a cursor that is not one of ours
 */
export function pageOf(
  kind: ListKind,
  merged: Merged,
  cursor: unknown,
): { readonly items: readonly unknown[]; readonly nextCursor?: string } {
  const { items } = merged;
  const start = cursor === undefined ? 0 : positionAfter(kind, merged, cursor);
  const page = items.slice(start, start + PAGE_ITEMS);
  const last = page.at(-1);
  if (last === undefined || start + PAGE_ITEMS >= items.length) {
    return { items: page.map(({ item }) => item) };
  }
  return { items: page.map(({ item }) => item), nextCursor: encodeCursor(kind, last.target) };
}

function encodeCursor(
  kind: ListKind,
  { server, key }: { readonly server: string; readonly key: string },
): string {
  return new TextEncoder().encode(JSON.stringify({ kind, server, key })).toBase64({
    alphabet: "base64url",
  });
}

function positionAfter(kind: ListKind, { items }: Merged, cursor: unknown): number {
  const last = decodeCursor(cursor);
  if (last === undefined || last.kind !== kind) {
    throw new GatewayError("invalid_params", "Cursor is not valid");
  }
  const at = items.findIndex(({ target }) =>
    target.server === last.server && target.key === last.key
  );
  if (at !== -1) return at + 1;
  // The item is gone: go on behind where it stood.
  const server = items.findIndex(({ target }) =>
    target.server === last.server && target.key > last.key
  );
  if (server !== -1) return server;
  const behind = items.findLastIndex(({ target }) => target.server === last.server);
  if (behind === -1) throw new GatewayError("invalid_params", "Cursor is no longer valid");
  return behind + 1;
}

function decodeCursor(cursor: unknown): { kind: unknown; server: string; key: string } | undefined {
  if (typeof cursor !== "string") return undefined;
  try {
    const text = new TextDecoder().decode(Uint8Array.fromBase64(cursor, { alphabet: "base64url" }));
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value) || typeof value.server !== "string" || typeof value.key !== "string") {
      return undefined;
    }
    return { kind: value.kind, server: value.server, key: value.key };
  } catch {
    return undefined;
  }
}
