import {
  type Frame,
  type JsonObject,
  type NotificationFrame,
  type RequestFrame,
} from "../mcp/frames.ts";
import { isJsonObject } from "../mcp/json.ts";
import { decodeEvent } from "../mcp/events.ts";
import {
  type ClientFacts,
  LOG_LEVELS,
  type LogLevel,
  type LogWish,
  type McpEvent,
  type Reply,
  type SubscriptionFilter,
  wantsLog,
} from "../mcp/message.ts";
import { decodeReply2025, encodeParams2025 } from "../mcp/rev2025.ts";
import { decodeReply2026, encodeParams2026, type Outgoing } from "../mcp/rev2026.ts";
import type { Log } from "../observe/log.ts";
import {
  broken,
  cancelled,
  disconnected,
  invalid,
  sendFailure,
  timedOut,
  unanswered,
  unavailable,
} from "./failures.ts";
import { type Asker, type Outcome, type Pending, PendingTable } from "./pending.ts";
import { Questions } from "./questions.ts";
import { requestHeaders } from "./request_headers.ts";
import { type Agreement, type Transport, type TransportEvents } from "./transports/transport.ts";

/** One request to a server. */
export interface Exchange {
  readonly method: string;
  readonly params: JsonObject;
  readonly silenceMs: number;
  readonly maxMs: number;
  readonly client?: ClientFacts;
  readonly logs?: LogWish;
  readonly wantsProgress?: boolean;
  readonly emit?: (event: McpEvent) => void;
  readonly ask?: Asker;
  readonly signal?: AbortSignal | undefined;
  /** The tool's schema, from which parameters may have to be mirrored into headers. */
  readonly inputSchema?: unknown;
}

export interface ConnectionEvents {
  /** Something the server said that belongs to no request: lists or resources changed. */
  onEvent(event: McpEvent): void;
  /** Called once, not after `close()`. */
  onClosed(problem: string): void;
  onStderr(line: string): void;
}

const NO_CLIENT: ClientFacts = { info: undefined, capabilities: {} };

/**
 * Correlates requests and answers on one transport, and speaks the era agreed on. It retries nothing: a request is
 * written once, and every way it can end without an answer is an error that says what is known.
 */
export class Connection implements TransportEvents {
  readonly #server: string;
  readonly #transport: Transport;
  readonly #events: ConnectionEvents;
  readonly #log: Log;
  readonly #pending: PendingTable;
  #agreement: Agreement = { era: "2025", version: "" };
  readonly #questions: Questions;
  #logLevel: LogLevel | undefined;
  #closed = false;
  /** Lines on stdout, broken events and answers that belonged to nothing. */
  noise = 0;

  constructor(server: string, transport: Transport, events: ConnectionEvents, log: Log) {
    this.#server = server;
    this.#transport = transport;
    this.#events = events;
    this.#log = log;
    this.#pending = new PendingTable((pending) => this.#expire(pending));
    this.#questions = new Questions(this.#pending, (frame) => this.#transport.send(frame));
  }

  get pid(): number | undefined {
    return this.#transport.pid;
  }

  get version(): string {
    return this.#agreement.version;
  }

  get era(): Agreement["era"] {
    return this.#agreement.era;
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  open(signal: AbortSignal): Promise<void> {
    return this.#transport.open(this, signal);
  }

  agreed(agreement: Agreement): void {
    this.#agreement = agreement;
    this.#transport.agreed(agreement);
  }

  /** Sends a request in the era agreed on and reads the answer. */
  async call(exchange: Exchange): Promise<Reply> {
    const outcome = await this.exchange(exchange, this.#agreement.era);
    if (this.#agreement.era === "2025") return decodeReply2025(outcome);
    const reply = decodeReply2026(exchange.method, outcome);
    if (typeof reply !== "string") return reply;
    throw invalid(this.#server, reply);
  }

  /** The same without reading the answer; the handshake uses it before an era is agreed on. */
  exchange(exchange: Exchange, era: Agreement["era"]): Promise<Outcome> {
    const { signal, method } = exchange;
    if (this.#closed) return Promise.reject(unavailable(this.#server, "it was disconnected"));
    if (signal?.aborted) return Promise.reject(cancelled(method));
    const id = this.#pending.nextId();
    const outgoing: Outgoing = {
      method,
      params: exchange.params,
      client: exchange.client ?? NO_CLIENT,
      logs: exchange.logs ?? "none",
      progressToken: exchange.wantsProgress === true ? id : undefined,
    };
    const params = era === "2026" ? encodeParams2026(outgoing) : encodeParams2025(outgoing);
    const frame: RequestFrame = { kind: "request", id, method, params };
    const headers = era === "2026" && this.#transport.requestScoped
      ? requestHeaders(method, params, exchange.inputSchema)
      : undefined;
    return new Promise((resolve, reject) => {
      const now = performance.now();
      const lastMoment = now + exchange.maxMs;
      const onAbort = () => this.#cancel(id);
      signal?.addEventListener("abort", onAbort, { once: true });
      const settled = () => signal?.removeEventListener("abort", onAbort);
      this.#pending.add({
        id,
        method,
        emit: exchange.emit ?? ignore,
        logs: outgoing.logs,
        ask: exchange.ask,
        silenceMs: exchange.silenceMs,
        maxMs: exchange.maxMs,
        lastMoment,
        deadline: Math.min(now + exchange.silenceMs, lastMoment),
        resolve: (outcome) => {
          settled();
          resolve(outcome);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      this.#transport.send(frame, headers).then(
        () => {
          if (this.#transport.requestScoped) {
            this.#pending.take(id)?.reject(unanswered(this.#server));
          }
        },
        (error) => this.#pending.take(id)?.reject(sendFailure(this.#server, error)),
      );
    });
  }

  /** Sends a notification; what becomes of it is not known and not waited for. */
  notify(method: string, params?: JsonObject): Promise<void> {
    return this.#transport.send({ kind: "notification", method, params }).catch((error) => {
      this.#log.debug("Notification was not delivered", {
        server: this.#server,
        method,
        why: String(error),
      });
    });
  }

  /** Makes a 2025 server send log messages down to this level; it is never made quieter again. */
  async ensureLogLevel(level: LogLevel, timeoutMs: number): Promise<void> {
    if (
      this.#logLevel !== undefined &&
      LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.#logLevel)
    ) return;
    await this.call({
      method: "logging/setLevel",
      params: { level },
      silenceMs: timeoutMs,
      maxMs: timeoutMs,
    });
    this.#logLevel = level;
  }

  /** Resolves when nothing waits for an answer any more, or the signal fires. */
  async drained(signal: AbortSignal): Promise<void> {
    while (this.#pending.size > 0 && !signal.aborted) await this.#pending.oneLess(signal);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pending.failAll((pending) => disconnected(this.#server, pending));
    await this.#transport.close();
  }

  onFrame(frame: Frame, origin: number | undefined): void {
    switch (frame.kind) {
      case "response": {
        const pending = this.#pending.take(frame.id) ??
          (frame.id === undefined ? this.#takeOnly(origin) : undefined);
        if (pending === undefined) this.onNoise("an answer to no request");
        else pending.resolve(frame.outcome);
        return;
      }
      case "notification":
        return this.#onNotification(frame, origin);
      case "request":
        if (this.#agreement.era === "2026") return this.onNoise(`a request (${frame.method})`);
        return this.#questions.take(frame, origin);
    }
  }

  onClosed(problem: string): void {
    if (this.#closed) return;
    this.#closed = true;
    const how = this.#transport.kind === "stdio" ? "crashed" : "lost";
    this.#pending.failAll((pending) => broken(this.#server, pending, how, problem));
    this.#events.onClosed(problem);
  }

  /** The request of an answer that cannot be used must not wait for another. */
  onUnusable(why: string, id: number | undefined): void {
    const pending = id === undefined ? this.#takeOnly(undefined) : this.#pending.take(id);
    this.onNoise(why);
    pending?.reject(invalid(this.#server, why));
  }

  onNoise(sample: string): void {
    this.noise++;
    this.#log.debug("Server sent something that is no answer", { server: this.#server, sample });
  }

  onStderr(line: string): void {
    this.#events.onStderr(line);
  }

  #onNotification(frame: NotificationFrame, origin: number | undefined): void {
    const event = decodeEvent(frame);
    switch (event.kind) {
      case "progress": {
        const pending = this.#pending.get(frame.params?.progressToken);
        if (pending === undefined) return;
        this.#pending.refresh(pending);
        pending.emit(event);
        return;
      }
      case "log": {
        const pending = this.#owner(origin);
        if (pending !== undefined && wantsLog(pending.logs, event.params.level)) {
          pending.emit(event);
        }
        return;
      }
      case "list_changed":
      case "resource_updated":
        return this.#events.onEvent(event);
      case "acknowledged":
        return;
      case "other":
        if (frame.method === "notifications/subscriptions/acknowledged") {
          this.#onAcknowledged(frame, origin);
        } else if (frame.method === "notifications/cancelled") this.#onServerCancelled(frame);
        else if (origin !== undefined) this.#pending.get(origin)?.emit(event);
    }
  }

  #onAcknowledged(frame: NotificationFrame, origin: number | undefined): void {
    const meta = frame.params?._meta as JsonObject | undefined;
    const pending = this.#pending.get(meta?.["io.modelcontextprotocol/subscriptionId"] ?? origin);
    if (pending?.method !== "subscriptions/listen") return;
    pending.emit({ kind: "acknowledged", filter: decodeFilter(frame.params?.notifications) });
  }

  /** A 2025 server may take a question back; a 2026 server may only end a subscription. */
  #onServerCancelled(frame: NotificationFrame): void {
    const id = frame.params?.requestId;
    if (this.#agreement.era === "2025") {
      this.#questions.withdraw(id);
    } else if (this.#pending.get(id)?.method === "subscriptions/listen") {
      this.#pending.take(id)?.resolve({ result: {} });
    }
  }

  #owner(origin: number | undefined): Pending | undefined {
    return origin === undefined ? this.#pending.only() : this.#pending.get(origin);
  }

  #takeOnly(origin: number | undefined): Pending | undefined {
    const pending = this.#owner(origin);
    return pending === undefined ? undefined : this.#pending.take(pending.id);
  }

  #cancel(id: number): void {
    const pending = this.#pending.take(id);
    if (pending === undefined) return;
    this.#giveUp(pending, "The caller cancelled");
    pending.reject(cancelled(pending.method));
  }

  #expire(pending: Pending): void {
    this.#giveUp(pending, "It took too long");
    pending.reject(timedOut(this.#server, pending));
  }

  /** Tells the server that nobody waits any more, in the way of its era and transport. */
  #giveUp(pending: Pending, reason: string): void {
    const isStreamEnough = this.#agreement.era === "2026" && this.#transport.requestScoped;
    if (!isStreamEnough && pending.method !== "initialize") {
      this.notify("notifications/cancelled", { requestId: pending.id, reason });
    }
    this.#transport.abandon(pending.id);
  }
}

/** What a server says it agreed to, as far as it makes sense. */
function decodeFilter(value: unknown): SubscriptionFilter {
  if (!isJsonObject(value)) return {};
  const { resourceSubscriptions: uris, ...flags } = value;
  return Array.isArray(uris)
    ? { ...flags, resourceSubscriptions: uris.filter((uri) => typeof uri === "string") }
    : flags;
}

function ignore(): void {}
