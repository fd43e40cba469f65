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
} from "../mcp/frames.ts";
import { isJsonObject } from "../mcp/json.ts";
import {
  isLogLevel,
  type LogWish,
  type McpEvent,
  type Reply,
  type SubscriptionFilter,
} from "../mcp/message.ts";
import { CALL_METHODS } from "../mcp/methods.ts";
import { decodeRequest2025, encodeReply2025 } from "../mcp/rev2025.ts";
import { isVersion2025, type Version2025, VERSIONS_2025 } from "../mcp/versions.ts";
import { errorReply, GatewayError } from "../pipeline/errors.ts";
import { type Desk, makeCall } from "./desk.ts";

export interface SessionOptions {
  readonly desk: Desk;
  readonly scope: string | undefined;
  /** Takes notifications that belong to no request. */
  readonly notify: (frame: NotificationFrame) => void;
}

/** Most resources one session may subscribe to. */
const MAX_SUBSCRIPTIONS = 1000;

/**
 * One client of 2024-11-05 to 2025-11-25: what `initialize` agreed on, and which of its requests are under way. Knows
 * nothing of how its messages travel.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #ended = new AbortController();
  /** Requests under way, by id, to be cancelled one by one. */
  readonly #underWay = new Map<string, AbortController>();
  readonly #subscriptions = new Map<string, AbortController>();
  #version: Version2025 = VERSIONS_2025[0];
  #clientInfo: JsonObject | undefined;
  #logs: LogWish = "server_default";
  #isListening = false;

  constructor(options: SessionOptions) {
    this.#options = options;
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
    emit: (frame: NotificationFrame) => void,
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
      const reply = await this.#reply(frame, cancel.signal, emit);
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
        return this.#listen();
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

  /** Cancels everything that is under way. */
  end(): void {
    this.#ended.abort();
    for (const cancel of this.#underWay.values()) cancel.abort();
  }

  async #reply(
    frame: RequestFrame,
    signal: AbortSignal,
    emit: (frame: NotificationFrame) => void,
  ): Promise<Exclude<Reply, { kind: "input_required" }>> {
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
      return refusal(
        new GatewayError("method_not_found", `Method not found: ${frame.method.slice(0, 128)}`),
      );
    }
    const reply = await this.#call(frame.method, params, signal, {
      wantsProgress: progressToken !== undefined,
      emit: (event) => {
        const notification = encodeEvent(event, { progressToken });
        if (notification !== undefined && !signal.aborted) emit(notification);
      },
    });
    if (reply.kind !== "input_required") return reply;
    return refusal(
      new GatewayError(
        "input_unsupported",
        "Server asks the user a question, which this gateway cannot put to clients of this revision",
      ),
    );
  }

  async #initialize(
    params: JsonObject,
    signal: AbortSignal,
  ): Promise<Exclude<Reply, { kind: "input_required" }>> {
    this.#version = isVersion2025(params.protocolVersion)
      ? params.protocolVersion
      : VERSIONS_2025[0];
    this.#clientInfo = isJsonObject(params.clientInfo) ? params.clientInfo : undefined;
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

  #setLevel({ level }: JsonObject): Exclude<Reply, { kind: "input_required" }> {
    if (!isLogLevel(level)) {
      return refusal(new GatewayError("invalid_params", '"level" is not a log level'));
    }
    this.#logs = level;
    return { kind: "result", result: {} };
  }

  /** A subscription of its own for each resource, ended by `unsubscribe` or with the session. */
  async #subscribe({ uri }: JsonObject): Promise<Exclude<Reply, { kind: "input_required" }>> {
    if (typeof uri !== "string") {
      return refusal(new GatewayError("invalid_params", '"uri" is not a string'));
    }
    if (this.#subscriptions.has(uri)) return { kind: "result", result: {} };
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) {
      return refusal(
        new GatewayError("invalid_request", `More than ${MAX_SUBSCRIPTIONS} subscriptions`),
      );
    }
    const cancel = new AbortController();
    this.#subscriptions.set(uri, cancel);
    const agreed = await this.#open({ resourceSubscriptions: [uri] }, cancel.signal);
    if (agreed?.resourceSubscriptions?.includes(uri)) return { kind: "result", result: {} };
    this.#subscriptions.delete(uri);
    cancel.abort();
    return refusal(
      new GatewayError("invalid_params", `Cannot subscribe to resource: ${uri.slice(0, 256)}`),
    );
  }

  #unsubscribe({ uri }: JsonObject): Exclude<Reply, { kind: "input_required" }> {
    if (typeof uri !== "string") {
      return refusal(new GatewayError("invalid_params", '"uri" is not a string'));
    }
    this.#subscriptions.get(uri)?.abort();
    this.#subscriptions.delete(uri);
    return { kind: "result", result: {} };
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.#open(
      { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true },
      this.#ended.signal,
    );
  }

  /** Opens a subscription and resolves with what was agreed to; undefined when it was refused. */
  #open(filter: SubscriptionFilter, signal: AbortSignal): Promise<SubscriptionFilter | undefined> {
    const { promise, resolve } = Promise.withResolvers<SubscriptionFilter | undefined>();
    this.#call(
      "subscriptions/listen",
      { notifications: filter },
      AbortSignal.any([signal, this.#ended.signal]),
      {
        emit: (event) => {
          if (event.kind === "acknowledged") return resolve(event.filter);
          const notification = encodeEvent(event, {});
          if (notification !== undefined) this.#options.notify(notification);
        },
      },
    ).then(() => resolve(undefined), () => resolve(undefined));
    return promise;
  }

  #call(
    method: string,
    params: JsonObject,
    signal: AbortSignal,
    more: { readonly wantsProgress?: boolean; readonly emit?: (event: McpEvent) => void } = {},
  ): Promise<Reply> {
    const { desk, scope } = this.#options;
    return desk.handle(makeCall({
      method,
      params,
      // Questions cannot be put to these clients yet, so none of their capabilities is passed on.
      client: { info: this.#clientInfo, capabilities: {} },
      scope,
      signal,
      logs: this.#logs,
      ...more,
    }));
  }
}

function refusal(error: GatewayError): Exclude<Reply, { kind: "input_required" }> {
  return errorReply(error) as Extract<Reply, { kind: "error" }>;
}
