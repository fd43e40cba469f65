import type { Call, Handler } from "../pipeline/call.ts";

/** What anyone may know of one configured server. */
export interface ServerView {
  readonly id: string;
  readonly name: string;
  readonly transport: "stdio" | "streamable_http" | "sse";
  readonly state: "disabled" | "starting" | "up" | "waiting" | "crash_loop" | "stopped";
  /** The protocol revision agreed on; undefined until connected. */
  readonly protocolVersion: string | undefined;
  readonly pid: number | undefined;
  /** Times it was started again after its first start. */
  readonly restarts: number;
  readonly counts: {
    readonly tools: number;
    readonly prompts: number;
    readonly resources: number;
    readonly resourceTemplates: number;
  };
  /** Why it is not up, in one sentence, with a hint where there is one. */
  readonly problem: string | undefined;
  /** Its last lines of stderr, oldest first. */
  readonly stderrTail: readonly string[];
  /** What it offered that clients do not see, and why. */
  readonly hidden: readonly {
    readonly kind: string;
    readonly name: string;
    readonly why: string;
  }[];
}

/** The assembled program, minus its doors. */
export interface Gateway {
  readonly handle: Handler<Call>;
  /** The servers that may be asked for alone. */
  readonly serverIds: ReadonlySet<string>;
  /** The schema of a tool's arguments as its server gave it; undefined for a tool nobody has. */
  inputSchema(tool: string, scope: string | undefined): Promise<unknown>;
  views(): readonly ServerView[];
  /** Resolves when every server's first start has succeeded or failed and its lists have been read. */
  readonly settled: Promise<void>;
  /** How long a client's user may take to answer a server's question, in milliseconds. */
  readonly answerMs: number;
  /** Ends all subscriptions in the way that tells clients it was on purpose. */
  endSubscriptions(): void;
  /** Ends every server, children included; once, however often it is asked for. */
  close(): Promise<void>;
}
