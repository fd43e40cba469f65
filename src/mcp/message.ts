import type { JsonObject, RpcError } from "./frames.ts";

// The neutral model: 2026-07-28 in shape, because that revision needs no session. The codecs rev2025.ts and rev2026.ts
// translate frames of either era to and from it; nothing past them knows eras.

/** RFC 5424 severities, least severe first (2026-07-28 server/utilities/logging). */
export const LOG_LEVELS = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export function isLogLevel(value: unknown): value is LogLevel {
  return LOG_LEVELS.includes(value as LogLevel);
}

/**
 * Which log messages a caller wants: none, those at or above a level it named, or whatever the server sends of its own
 * accord (a 2025 client that never called `logging/setLevel`).
 */
export type LogWish = "none" | "server_default" | LogLevel;

/** Whether a caller with this wish is to see a message of this level. An unknown level counts as the most severe. */
export function wantsLog(wish: LogWish, level: unknown): boolean {
  if (wish === "none") return false;
  if (wish === "server_default") return true;
  const rank = LOG_LEVELS.indexOf(level as LogLevel);
  return rank === -1 || rank >= LOG_LEVELS.indexOf(wish);
}

/** The two, three, four kinds of things a server lists. */
export const LIST_KINDS = ["tools", "prompts", "resources", "resourceTemplates"] as const;
export type ListKind = (typeof LIST_KINDS)[number];

/** What a subscription wants to hear of (2026-07-28 basic/patterns/subscriptions, Notification Filter). */
export interface SubscriptionFilter {
  readonly toolsListChanged?: boolean;
  readonly promptsListChanged?: boolean;
  readonly resourcesListChanged?: boolean;
  readonly resourceSubscriptions?: readonly string[];
}

/** Something a call says before, or instead of, its reply. `params` never carries the caller's token or ids. */
export type McpEvent =
  | { readonly kind: "progress"; readonly params: JsonObject }
  | { readonly kind: "log"; readonly params: JsonObject }
  | { readonly kind: "acknowledged"; readonly filter: SubscriptionFilter }
  | { readonly kind: "list_changed"; readonly list: "tools" | "prompts" | "resources" }
  | { readonly kind: "resource_updated"; readonly params: JsonObject }
  /** A notification this program has no opinion on, passed on as it came. */
  | { readonly kind: "other"; readonly method: string; readonly params: JsonObject | undefined };

/** How a call ended. `input_required` is 2026-07-28's interim result: the caller is to retry with answers. */
export type Reply =
  | { readonly kind: "result"; readonly result: JsonObject }
  | { readonly kind: "input_required"; readonly result: JsonObject }
  /** `reason` is set on our own errors only; a relayed one has none. `detail` is for the log, never for the caller. */
  | {
    readonly kind: "error";
    readonly error: RpcError;
    readonly reason?: string;
    readonly detail?: string;
  };

/** What a caller says of itself; self-reported, for display only. */
export interface ClientFacts {
  readonly info: JsonObject | undefined;
  /** Only what this gateway can put to the caller; a capability it cannot carry is not in here. */
  readonly capabilities: JsonObject;
}
