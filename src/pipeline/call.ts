import type { JsonObject, RpcError } from "../mcp/frames.ts";
import type { ClientFacts, LogWish, McpEvent, Reply } from "../mcp/message.ts";

/** Who a call is made for. Authentication fills it; until then everyone is `anonymous`. */
export interface Principal {
  readonly id: string;
}

/** What the log line of a call says beyond what the call itself knows; stages fill it in on the way. */
export interface CallTrace {
  server?: string;
  /** The backend's own name of the tool, prompt or resource. */
  target?: string;
}

interface CallBase {
  /** Unique in this process; printed in the log and in error data. */
  readonly id: string;
  readonly method: string;
  /** As the caller sent them, minus the `_meta` keys that are protocol and not payload. */
  readonly params: JsonObject;
  readonly client: ClientFacts;
  readonly principal: Principal;
  /** What belongs together: the session of a 2025 client, the principal of a 2026 one. */
  readonly conversation: string;
  /** Questions that the caller could not answer, by their keys, with what it said instead. */
  readonly inputErrors?: Readonly<Record<string, RpcError>>;
  readonly wantsProgress: boolean;
  readonly logs: LogWish;
  /** Fires when the caller cancels, leaves (2026) or the gateway stops. */
  readonly signal: AbortSignal;
  readonly emit: (event: McpEvent) => void;
  readonly trace: CallTrace;
}

/** A client's call, in public names. */
export interface Call extends CallBase {
  readonly at: "client side";
  /** The one server this call may see (`/mcp/<server-id>`); undefined means all. */
  readonly scope: string | undefined;
}

/** A call for one backend, in that backend's names. Made by the router only. */
export interface RoutedCall extends CallBase {
  readonly at: "backend side";
  readonly server: string;
  /** For `tools/call`: the tool's schema as its server gave it, from which headers may have to be made. */
  readonly inputSchema?: unknown;
}

/** Anything that turns a call into a reply. Throws `GatewayError` for our own refusals, anything else is a bug. */
export type Handler<C extends Call | RoutedCall> = (call: C) => Promise<Reply>;

/** A stage may only narrow: observe, refuse, hide, answer. It reaches what lies behind only through `next`. */
export type Stage<C extends Call | RoutedCall> = (next: Handler<C>) => Handler<C>;
