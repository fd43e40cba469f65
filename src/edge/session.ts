import { encodeEvent } from "../mcp/events.ts";
import {
  errorFrame,
  idKey,
  isRequestId,
  type JsonObject,
  type NotificationFrame,
  type RequestFrame,
  type ResponseFrame,
  resultFrame,
  type RpcError,
} from "../mcp/frames.ts";
import { isJsonObject } from "../mcp/json.ts";
import {
  type ClientFacts,
  isLogLevel,
  type LogWish,
  type McpEvent,
  type Reply,
} from "../mcp/message.ts";
import { CALL_METHODS } from "../mcp/methods.ts";
import {
  askableCapabilities,
  decodeRequest2025,
  encodeReply2025,
  questionFor2025,
} from "../mcp/rev2025.ts";
import { isVersion2025, type Version2025, VERSIONS_2025 } from "../mcp/versions.ts";
import { GatewayError } from "../pipeline/errors.ts";
import { ClientQuestions, type Emit } from "./client_questions.ts";
import { type Desk, makeCall } from "./desk.ts";
import { bridgeInput } from "./input_bridge.ts";
import { SessionSubscriptions } from "./session_subscriptions.ts";

export interface SessionOptions {
  readonly desk: Desk;
  readonly scope: string | undefined;
  /** Takes notifications that belong to no request. */
  readonly notify: (frame: NotificationFrame) => void;
}

type FinalReply = Exclude<Reply, { kind: "input_required" }>;

/** How one request is being served. */
interface Serving {
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Whether questions can reach the client on the way its answer goes. */
  readonly canAsk: boolean;
}

/** What a call has beyond what every call of the session has. */
interface CallExtras {
  readonly client?: ClientFacts;
  readonly inputErrors?: Readonly<Record<string, RpcError>>;
  readonly wantsProgress?: boolean;
  readonly emit?: (event: McpEvent) => void;
}

/**
 * One client of 2024-11-05 to 2025-11-25: what `initialize` agreed on, and which of its requests are under way. Knows
 * nothing of how its messages travel.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #ended = new AbortController();
  /** Requests under way, by id, to be cancelled one by one. */
  readonly #underWay = new Map<string, AbortController>();
  readonly #subscriptions: SessionSubscriptions;
  readonly #questions: ClientQuestions;
  /** Tells calls of this session from all others. */
  readonly #id = crypto.randomUUID();
  #version: Version2025 = VERSIONS_2025[0];
  #clientInfo: JsonObject | undefined;
  #logs: LogWish = "server_default";
  #capabilities: JsonObject = {};

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#questions = new ClientQuestions(options.desk.answerMs);
    this.#subscriptions = new SessionSubscriptions({
      listen: (params, signal, emit) =>
        this.#call("subscriptions/listen", params, signal, { emit }),
      notify: options.notify,
      signal: this.#ended.signal,
    });
  }

  get scope(): string | undefined {
    return this.#options.scope;
  }

  /** The revision agreed on. */
  get version(): Version2025 {
    return this.#version;
  }

  get requestsUnderWay(): number {
    return this.#underWay.size;
  }

  /** Answers a request; undefined when the client cancelled it and wants no answer. */
  async request(
    frame: RequestFrame,
    emit: Emit,
    canAsk = true,
  ): Promise<ResponseFrame | undefined> {
    const key = idKey(frame.id);
    if (this.#underWay.has(key)) {
      return errorFrame(
        frame.id,
        new GatewayError("invalid_request", "Request id is already in use").toRpcError(),
      );
    }
    const cancel = new AbortController();
    this.#underWay.set(key, cancel);
    try {
      const reply = await this.#reply(frame, { signal: cancel.signal, emit, canAsk }).catch(
        refusal,
      );
      if (cancel.signal.aborted) return undefined;
      const encoded = encodeReply2025(frame.method, reply);
      return "error" in encoded
        ? errorFrame(frame.id, encoded.error)
        : resultFrame(frame.id, encoded.result);
    } finally {
      this.#underWay.delete(key);
    }
  }

  notification(frame: NotificationFrame): void {
    switch (frame.method) {
      case "notifications/initialized":
        return this.#subscriptions.hearOfLists();
      case "notifications/cancelled": {
        const id = frame.params?.requestId;
        if (isRequestId(id)) this.#underWay.get(idKey(id))?.abort();
        return;
      }
      default:
        // Nothing else a client may tell concerns this gateway yet.
        return;
    }
  }

  /** Takes the client's answer to a question. */
  response(frame: ResponseFrame): void {
    this.#questions.answered(frame);
  }

  /** Cancels everything that is under way. */
  end(): void {
    this.#ended.abort();
    for (const cancel of this.#underWay.values()) cancel.abort();
  }

  async #reply(frame: RequestFrame, serving: Serving): Promise<FinalReply> {
    const { signal, emit } = serving;
    const { params, progressToken } = decodeRequest2025(frame.params);
    switch (frame.method) {
      case "initialize":
        return await this.#initialize(params, signal);
      case "ping":
        return { kind: "result", result: {} };
      case "logging/setLevel":
        return this.#setLevel(params);
      case "resources/subscribe":
        return await this.#subscribe(params);
      case "resources/unsubscribe":
        return this.#unsubscribe(params);
    }
    if (!CALL_METHODS.has(frame.method)) {
      throw new GatewayError("method_not_found", `Method not found: ${frame.method.slice(0, 128)}`);
    }
    return await this.#bridge(frame.method, params, serving, {
      wantsProgress: progressToken !== undefined,
      emit: (event) => {
        const notification = encodeEvent(event, { progressToken });
        if (notification !== undefined && !signal.aborted) emit(notification);
      },
    });
  }

  /** Makes a call that may come back with questions, which are then put to the client. */
  async #bridge(
    method: string,
    params: JsonObject,
    { signal, emit, canAsk }: Serving,
    more: CallExtras,
  ): Promise<FinalReply> {
    const client: ClientFacts = {
      info: this.#clientInfo,
      capabilities: canAsk ? askableCapabilities(this.#capabilities, this.#version) : {},
    };
    /** What names the call while it waits for answers. */
    let waiting: unknown;
    try {
      return await bridgeInput(params, {
        call: async (withAnswers, inputErrors) => {
          waiting = undefined;
          const reply = await this.#call(method, withAnswers, signal, {
            ...more,
            client,
            ...inputErrors && { inputErrors },
          });
          if (reply.kind === "input_required") waiting = reply.result.requestState;
          return reply;
        },
        ask: (question, questionParams) => {
          const shaped = questionFor2025(question, questionParams);
          return this.#questions.ask(question, shaped, { emit, signal });
        },
      });
    } finally {
      // A call that is waiting for answers nobody will give any more must not wait for its time to run out.
      if (waiting !== undefined) {
        const left = { ...params, requestState: waiting };
        await this.#call(method, left, AbortSignal.abort(), { client });
      }
    }
  }

  async #initialize(
    params: JsonObject,
    signal: AbortSignal,
  ): Promise<FinalReply> {
    this.#version = isVersion2025(params.protocolVersion)
      ? params.protocolVersion
      : VERSIONS_2025[0];
    this.#clientInfo = isJsonObject(params.clientInfo) ? params.clientInfo : undefined;
    this.#capabilities = isJsonObject(params.capabilities) ? params.capabilities : {};
    const reply = await this.#call("server/discover", {}, signal);
    if (reply.kind !== "result") {
      return reply.kind === "error"
        ? reply
        : refusal(new GatewayError("internal", "Internal error"));
    }
    const { capabilities, instructions } = reply.result;
    return {
      kind: "result",
      result: {
        protocolVersion: this.#version,
        capabilities,
        serverInfo: this.#options.desk.serverInfo,
        ...instructions === undefined ? {} : { instructions },
      },
    };
  }

  #setLevel({ level }: JsonObject): FinalReply {
    if (!isLogLevel(level)) {
      throw new GatewayError("invalid_params", '"level" is not a log level');
    }
    this.#logs = level;
    return { kind: "result", result: {} };
  }

  async #subscribe({ uri }: JsonObject): Promise<FinalReply> {
    if (typeof uri !== "string") throw new GatewayError("invalid_params", '"uri" is not a string');
    await this.#subscriptions.subscribe(uri);
    return { kind: "result", result: {} };
  }

  #unsubscribe({ uri }: JsonObject): FinalReply {
    if (typeof uri !== "string") throw new GatewayError("invalid_params", '"uri" is not a string');
    this.#subscriptions.unsubscribe(uri);
    return { kind: "result", result: {} };
  }

  #call(
    method: string,
    params: JsonObject,
    signal: AbortSignal,
    extras: CallExtras = {},
  ): Promise<Reply> {
    const { desk, scope } = this.#options;
    return desk.handle(makeCall({
      method,
      params,
      client: { info: this.#clientInfo, capabilities: {} },
      conversation: this.#id,
      scope,
      signal,
      logs: this.#logs,
      ...extras,
    }));
  }
}

/** The reply for one of our own errors; anything else is a bug, and goes on. */
function refusal(error: unknown): FinalReply {
  if (!(error instanceof GatewayError)) throw error;
  return { kind: "error", error: error.toRpcError(), reason: error.reason };
}
