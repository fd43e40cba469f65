import type { JsonObject, RpcError } from "../mcp/frames.ts";
import type { ClientFacts, LogWish, McpEvent } from "../mcp/message.ts";
import type { Log } from "../observe/log.ts";
import type { Call, Handler, Principal } from "../pipeline/call.ts";
import type { EdgeOptions } from "./options.ts";

/** What every door of the edge needs of the program behind it. */
export interface Desk {
  readonly handle: Handler<Call>;
  /** The schema of a tool's arguments as clients see it; undefined for a tool nobody has. */
  readonly inputSchema: (tool: string, scope: string | undefined) => Promise<unknown>;
  /** The ids that may stand in `/mcp/<server-id>`. */
  readonly serverIds: ReadonlySet<string>;
  /** Who we say we are to clients. */
  readonly serverInfo: JsonObject;
  readonly options: EdgeOptions;
  /** How long a client's user may take to answer a server's question, in milliseconds. */
  readonly answerMs: number;
  readonly log: Log;
}

/** Until authentication exists, everyone is this. */
export const ANONYMOUS: Principal = { id: "anonymous" };

/** What a door knows of a request. */
export interface CallFacts {
  readonly method: string;
  readonly params: JsonObject;
  readonly client: ClientFacts;
  readonly scope: string | undefined;
  readonly signal: AbortSignal;
  readonly conversation: string;
  readonly inputErrors?: Readonly<Record<string, RpcError>>;
  readonly wantsProgress?: boolean;
  readonly logs?: LogWish;
  readonly emit?: (event: McpEvent) => void;
}

let calls = 0;
// Distinguishes the calls of one run of the program from those of the next in a log that holds both.
const run = Date.now().toString(36);

/** A call as the pipeline takes it. */
export function makeCall(facts: CallFacts): Call {
  return {
    at: "client side",
    id: `${run}-${++calls}`,
    method: facts.method,
    params: facts.params,
    client: facts.client,
    principal: ANONYMOUS,
    conversation: facts.conversation,
    ...facts.inputErrors === undefined ? {} : { inputErrors: facts.inputErrors },
    scope: facts.scope,
    wantsProgress: facts.wantsProgress ?? false,
    logs: facts.logs ?? "none",
    signal: facts.signal,
    emit: facts.emit ?? ignore,
    trace: {},
  };
}

function ignore(): void {}
