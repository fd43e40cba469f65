import { type JsonObject, RpcCode, type RpcError } from "../mcp/frames.ts";
import { isJsonObject } from "../mcp/json.ts";
import { isLogLevel, type Reply } from "../mcp/message.ts";
import { INPUT_METHODS } from "../mcp/methods.ts";
import type { Log } from "../observe/log.ts";
import type { RoutedCall } from "../pipeline/call.ts";
import type { Connection, Exchange } from "./connection.ts";
import type { QuestionOptions, Timeouts } from "./options.ts";
import { ParkedCall } from "./parked_call.ts";
import { ParkingLot, withoutAnswers } from "./parking_lot.ts";

/** How much longer than its user a call waits, so that whoever asked the user is the one to say that it took too long. */
const LATE_ANSWER_MS = 10_000;

export interface CarrierOptions {
  readonly server: string;
  readonly timeouts: Timeouts;
  readonly questions: QuestionOptions;
  readonly log: Log;
}

/** Carries calls over a connection, whatever era its server is of; parks those whose 2025 server asks something. */
export class Carrier {
  readonly #options: CarrierOptions;
  readonly #lot: ParkingLot;

  constructor(options: CarrierOptions) {
    this.#options = options;
    this.#lot = new ParkingLot({
      ttlMs: options.questions.answer_seconds * 1000 + LATE_ANSWER_MS,
      maxPerPrincipal: options.questions.max_waiting,
    });
  }

  /** Whether calls are parked for their callers' answers. */
  get hasWaitingCalls(): boolean {
    return this.#lot.size > 0;
  }

  /** Carries one call; a server's questions are a reply, and the call that brings the answers goes on with it. */
  async carry(connection: Connection, capabilities: JsonObject, call: RoutedCall): Promise<Reply> {
    if (connection.era === "2026") {
      const error = unanswered(call);
      return error === undefined
        ? await connection.call(this.#exchange(call))
        : { kind: "error", error };
    }
    if (isLogLevel(call.logs) && isJsonObject(capabilities.logging)) {
      await this.#ensureLogLevel(connection, call.logs);
    }
    if (!INPUT_METHODS.has(call.method)) return await connection.call(this.#exchange(call));
    if (call.params.requestState !== undefined) return await this.#resume(call);
    const parked = new ParkedCall(call);
    return await this.#wait(call, parked, () =>
      connection.call({
        ...this.#exchange(call),
        params: withoutAnswers(call.params),
        emit: parked.emit,
        signal: parked.signal,
        ask: parked,
      }));
  }

  /** Gives up every parked call. */
  close(): void {
    this.#lot.close();
  }

  /** A server that will not set its level still can do its work. */
  async #ensureLogLevel(
    connection: Connection,
    level: Parameters<Connection["ensureLogLevel"]>[0],
  ): Promise<void> {
    const { server, timeouts, log } = this.#options;
    try {
      await connection.ensureLogLevel(level, timeouts.call_seconds * 1000);
    } catch (error) {
      log.debug("Log level was not set", { server, why: String(error) });
    }
  }

  async #resume(call: RoutedCall): Promise<Reply> {
    const parked = await this.#lot.unpark(call);
    parked.attach(call);
    parked.answer(call.params.inputResponses, call.inputErrors);
    return await this.#wait(call, parked);
  }

  /** Waits for a call's reply, or for what its server asks meanwhile. */
  async #wait(call: RoutedCall, parked: ParkedCall, begin?: () => Promise<Reply>): Promise<Reply> {
    const reply = await parked.next(begin);
    if (reply.kind !== "asked") return reply;
    if (!this.#lot.hasRoom(call)) {
      parked.attach(call);
      parked.refuse({ code: RpcCode.internalError, message: "Too many calls wait for answers" });
      return await this.#wait(call, parked);
    }
    const requestState = await this.#lot.park(call, parked);
    return { kind: "input_required", result: { inputRequests: reply.questions, requestState } };
  }

  #exchange(call: RoutedCall): Exchange {
    const { method, params, client, logs, wantsProgress, emit, signal, inputSchema } = call;
    const { call_seconds, call_max_seconds } = this.#options.timeouts;
    return {
      method,
      params,
      client,
      logs,
      wantsProgress,
      emit,
      signal,
      inputSchema,
      silenceMs: call_seconds * 1000,
      maxMs: call_max_seconds * 1000,
    };
  }
}

/** What a client said instead of an answer. A 2026 server cannot be told, so that it is the call's outcome. */
function unanswered({ inputErrors = {}, params }: RoutedCall): RpcError | undefined {
  const responses = isJsonObject(params.inputResponses) ? params.inputResponses : {};
  return Object.entries(inputErrors).find(([key]) => !Object.hasOwn(responses, key))?.[1];
}
