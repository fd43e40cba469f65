import type { JsonObject } from "../mcp/frames.ts";
import type { McpEvent, Reply } from "../mcp/message.ts";
import type { Log } from "../observe/log.ts";
import type { RoutedCall } from "../pipeline/call.ts";
import { GatewayError } from "../pipeline/errors.ts";
import { Carrier } from "./carrier.ts";
import { Connection } from "./connection.ts";
import { SessionLostError, unavailable } from "./failures.ts";
import { handshake, ProbeFatalError, type ServerFacts } from "./handshake.ts";
import type { ProtocolChoice, QuestionOptions, Restarts, Timeouts } from "./options.ts";
import { RestartPlan } from "./restart_plan.ts";
import { StderrTail } from "./stderr_tail.ts";
import type { Transport } from "./transports/transport.ts";
import { UpstreamWatch } from "./upstream_watch.ts";

export type BackendState = "starting" | "up" | "waiting" | "crash_loop" | "stopped";

export interface BackendOptions {
  readonly id: string;
  readonly protocol: ProtocolChoice;
  readonly timeouts: Timeouts;
  readonly restarts: Restarts;
  readonly questions: QuestionOptions;
  /** What a 2025 server is told that its client can do. */
  readonly capabilities: JsonObject;
  /** Who we say we are when connecting. */
  readonly clientInfo: JsonObject;
  /** Makes a new, unopened transport; called for every attempt. */
  readonly connect: () => Transport;
  readonly log: Log;
  /** Lists or resources of this server changed. */
  readonly onEvent: (event: McpEvent) => void;
  /** Whatever was known of this server's lists may be out of date: it was connected anew, or its events broke off. */
  readonly onGap: () => void;
  readonly onState: () => void;
  readonly onStderr: (line: string) => void;
}

interface Live {
  readonly connection: Connection;
  readonly facts: ServerFacts;
  readonly watch: UpstreamWatch;
}

/** One server behind the gateway: keeps it connected, says how it is, and carries calls to it. */
export class Backend {
  readonly id: string;
  readonly #options: BackendOptions;
  readonly #plan: RestartPlan;
  readonly #stderr = new StderrTail();
  readonly #carrier: Carrier;
  readonly #watched = new Set<string>();
  readonly #stopping = new AbortController();
  readonly #retiring = new Set<Promise<void>>();
  readonly #firstAttempt = Promise.withResolvers<void>();
  #state: BackendState = "starting";
  #live: Live | undefined;
  /** The attempt under way, if there is one; all calls wait for the same. */
  #attempt: Promise<void> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #facts: ServerFacts | undefined;
  #problem: string | undefined;
  #starts = 0;
  /** Set while a server is known to end when it is probed for its era. */
  #mustNotProbe = false;
  /** How bad it got since it was last up, as far as the log was told. */
  #worst: "up" | "failing" | "crash_loop" = "up";

  constructor(options: BackendOptions) {
    this.id = options.id;
    this.#options = options;
    this.#plan = new RestartPlan(options.restarts);
    const { id: server, timeouts, questions, log } = options;
    this.#carrier = new Carrier({ server, timeouts, questions, log });
  }

  /** Resolves when the first start has succeeded or failed. */
  get settled(): Promise<void> {
    return this.#firstAttempt.promise;
  }

  get state(): BackendState {
    return this.#state;
  }

  /** What it offered when last connected; undefined until then. */
  get facts(): ServerFacts | undefined {
    return this.#facts;
  }

  get capabilities(): JsonObject | undefined {
    return this.#facts?.capabilities;
  }

  get pid(): number | undefined {
    return this.#live?.connection.pid;
  }

  get protocolVersion(): string | undefined {
    return this.#live?.connection.version;
  }

  get restarts(): number {
    return Math.max(0, this.#starts - 1);
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /** Whether calls are parked here for their callers' answers. */
  get hasWaitingCalls(): boolean {
    return this.#carrier.hasWaitingCalls;
  }

  get stderrTail(): readonly string[] {
    return this.#stderr.lines;
  }

  start(): void {
    this.#attempt ??= this.#connect().finally(() => {
      this.#attempt = undefined;
      this.#firstAttempt.resolve();
    });
  }

  /** Carries one call; `tools/call` is never sent twice. */
  async handle(call: RoutedCall): Promise<Reply> {
    const live = await this.#ready(call.signal);
    try {
      return await this.#carry(live, call);
    } catch (error) {
      if (error instanceof SessionLostError) return await this.#afterSessionLost(live, call);
      // An HTTP server that cannot be reached says so call by call; find out whether it is gone.
      if (error instanceof GatewayError && error.reason === "backend_unavailable") {
        this.#lose(live, messageOf(error));
      }
      throw error;
    }
  }

  /** Resolves when the server has agreed to announce updates of a resource; remembered across restarts. */
  async watch(uri: string): Promise<void> {
    const live = await this.#ready(this.#stopping.signal);
    await live.watch.add(uri);
    this.#watched.add(uri);
  }

  unwatch(uri: string): void {
    this.#watched.delete(uri);
    this.#live?.watch.remove(uri);
  }

  /** Ends the server, whatever it is doing. */
  async close(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#retryTimer);
    this.#carrier.close();
    this.#firstAttempt.resolve();
    const live = this.#live;
    this.#live = undefined;
    live?.watch.stop();
    this.#setState("stopped");
    await Promise.all([live?.connection.close(), this.#attempt, ...this.#retiring]);
  }

  #carry({ connection, facts }: Live, call: RoutedCall): Promise<Reply> {
    return this.#carrier.carry(connection, facts.capabilities, call);
  }

  async #afterSessionLost(live: Live, call: RoutedCall): Promise<Reply> {
    this.#lose(live, "it forgot our session");
    if (call.method === "tools/call") {
      throw new GatewayError(
        "outcome_unknown",
        `Server "${this.id}" forgot our session: the call was not repeated, because it may have been carried out`,
        { server: this.id },
      );
    }
    try {
      return await this.#carry(await this.#ready(call.signal), call);
    } catch (error) {
      if (!(error instanceof SessionLostError)) throw error;
      throw unavailable(this.id, "it forgets each session at once");
    }
  }

  /** The connection to use, waiting for an attempt under way. */
  async #ready(signal: AbortSignal): Promise<Live> {
    if (this.#live !== undefined) return this.#live;
    if (this.#attempt !== undefined) await unlessAborted(this.#attempt, signal);
    if (this.#live !== undefined) return this.#live;
    throw unavailable(this.id, this.#problem ?? "it was stopped");
  }

  async #connect(): Promise<void> {
    this.#setState("starting");
    this.#starts++;
    const timeoutMs = this.#options.timeouts.connect_seconds * 1000;
    let isOver = false;
    const connection = new Connection(this.id, this.#options.connect(), {
      onEvent: (event) => this.#options.onEvent(event),
      onClosed: (problem) => {
        if (isOver) this.#onClosed(connection, problem);
      },
      onStderr: (line) => {
        this.#stderr.add(line);
        this.#options.onStderr(line);
      },
    }, this.#options.log);
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      await connection.open(signal);
      const facts = await handshake(connection, {
        server: this.id,
        protocol: this.#mustNotProbe ? "2025" : this.#options.protocol,
        clientInfo: this.#options.clientInfo,
        capabilities: this.#options.capabilities,
        timeoutMs,
        signal,
      });
      signal.throwIfAborted();
      isOver = true;
      this.#goLive(connection, facts);
    } catch (error) {
      await connection.close();
      if (this.#stopping.signal.aborted) return;
      if (error instanceof ProbeFatalError) {
        this.#mustNotProbe = true;
        return await this.#connect();
      }
      this.#mustNotProbe = false;
      const timedOut = signal.aborted;
      this.#fail(timedOut ? `it did not finish starting within ${timeoutMs} ms` : messageOf(error));
    }
  }

  #goLive(connection: Connection, facts: ServerFacts): void {
    const watch = new UpstreamWatch({
      server: this.id,
      connection,
      capabilities: facts.capabilities,
      timeoutMs: this.#options.timeouts.connect_seconds * 1000,
      log: this.#options.log,
      onGap: this.#options.onGap,
    });
    this.#live = { connection, facts, watch };
    this.#facts = facts;
    this.#problem = undefined;
    if (this.#worst !== "up") {
      this.#options.log.info("Server is available again", { server: this.id });
    }
    this.#worst = "up";
    this.#plan.up();
    watch.start(this.#watched);
    this.#setState("up");
    this.#options.onGap();
  }

  #onClosed(connection: Connection, problem: string): void {
    if (this.#live?.connection !== connection) return;
    this.#live.watch.stop();
    this.#live = undefined;
    this.#retire(connection);
    this.#fail(problem);
  }

  /** Gives a connection up that may still carry other calls, and makes a new one at once. */
  #lose(live: Live, problem: string): void {
    if (this.#live !== live) return;
    this.#live = undefined;
    live.watch.stop();
    this.#problem = problem;
    this.#retire(live.connection);
    this.start();
  }

  #retire(connection: Connection): void {
    const done = connection.drained(this.#stopping.signal).then(() => connection.close());
    this.#retiring.add(done);
    done.finally(() => this.#retiring.delete(done));
  }

  #fail(problem: string): void {
    const hint = this.#stderr.lastLine;
    this.#problem = hint === undefined ? problem : `${problem} (last words: ${hint})`;
    const { waitMs, isCrashLoop } = this.#plan.failed();
    this.#report(isCrashLoop, waitMs);
    this.#setState(isCrashLoop ? "crash_loop" : "waiting");
    this.#retryTimer = setTimeout(() => this.start(), waitMs);
  }

  /** Warns when a server is lost and when it becomes hopeless; the attempts in between are for the curious. */
  #report(isCrashLoop: boolean, waitMs: number): void {
    const { log } = this.#options;
    const facts = { server: this.id, why: this.#problem, retry_ms: Math.round(waitMs) };
    if (isCrashLoop && this.#worst !== "crash_loop") {
      log.warn("Server fails again and again", facts);
    } else if (this.#worst === "up") log.warn("Server is not available", facts);
    else log.debug("Server is still not available", facts);
    this.#worst = isCrashLoop ? "crash_loop" : "failing";
  }

  #setState(state: BackendState): void {
    if (this.#state === "stopped") return;
    this.#state = state;
    this.#options.onState();
  }
}

function messageOf(error: unknown): string {
  if (error instanceof GatewayError && error.detail !== undefined) return error.detail;
  return error instanceof Error ? error.message : String(error);
}

async function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new GatewayError("cancelled", "Call was cancelled");
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new GatewayError("cancelled", "Call was cancelled"));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
