import { type JsonObject, RpcCode, type RpcError } from "../mcp/frames.ts";
import { isJsonObject } from "../mcp/json.ts";
import type { McpEvent, Reply } from "../mcp/message.ts";
import type { RoutedCall } from "../pipeline/call.ts";
import type { Asker, Outcome } from "./pending.ts";

/** Questions that come within this time of each other are asked together. */
const GATHER_MS = 5;
/** What a server may ask of one caller at a time. */
const MAX_QUESTIONS = 32;
const MAX_QUESTION_CHARS = 1024 * 1024;
/** Log messages kept for a caller that is away answering. */
const MAX_KEPT_EVENTS = 100;

interface Question {
  readonly request: JsonObject;
  readonly resolve: (outcome: Outcome | "ended") => void;
}

/**
 * One call to a 2025 server, which may outlive the request it came with: when the server asks something, the caller
 * gets the questions as its reply, and comes back for the rest with another request that carries the answers.
 */
export class ParkedCall implements Asker {
  readonly #upstream = new AbortController();
  readonly #questions = new Map<string, Question>();
  readonly #conversation: string;
  readonly #hasSession: boolean;
  #capabilities: JsonObject = {};
  #call: RoutedCall | undefined;
  #detach = () => {};
  #kept: McpEvent[] = [];
  #lastKey = 0;
  #isOver = false;
  #asked = Promise.withResolvers<void>();
  #outcome: Promise<Reply> | undefined;

  constructor(call: RoutedCall) {
    this.#conversation = call.conversation;
    this.#hasSession = call.conversation !== call.principal.id;
    this.attach(call);
  }

  /** Fires when the server is to stop working on it. */
  get signal(): AbortSignal {
    return this.#upstream.signal;
  }

  get conversation(): string {
    return this.#conversation;
  }

  get hasSession(): boolean {
    return this.#hasSession;
  }

  /** Whether its caller is away to answer a question, or may never come back. */
  get isWaiting(): boolean {
    return this.#call === undefined;
  }

  /** What its caller can be asked, as last said. */
  get capabilities(): JsonObject {
    return this.#capabilities;
  }

  /** The call as it is being made now; undefined while its caller is away. */
  get call(): RoutedCall | undefined {
    return this.#call;
  }

  readonly emit = (event: McpEvent): void => {
    if (this.#call !== undefined) this.#call.emit(event);
    else if (event.kind === "log" && this.#kept.length < MAX_KEPT_EVENTS) this.#kept.push(event);
  };

  /**
   * Takes a server's question; resolves with what the client answered, or says that the call ended before it could be
   * asked. `withdrawn` says that the server gave up.
   */
  readonly ask = (request: JsonObject, withdrawn: AbortSignal): Promise<Outcome | "ended"> => {
    if (
      this.#questions.size >= MAX_QUESTIONS || JSON.stringify(request).length > MAX_QUESTION_CHARS
    ) {
      const message = `More than ${MAX_QUESTIONS} questions at once, or one that is too long`;
      return Promise.resolve({ error: { code: RpcCode.internalError, message } });
    }
    const key = `q${++this.#lastKey}`;
    return new Promise((resolve) => {
      this.#questions.set(key, { request, resolve });
      withdrawn.addEventListener("abort", () => this.#questions.delete(key), { once: true });
      this.#asked.resolve();
    });
  };

  /** From now on this request is the call: it hears of events, and cancelling it cancels the call. */
  attach(call: RoutedCall): void {
    this.#call = call;
    this.#capabilities = call.client.capabilities;
    const cancel = () => this.cancel();
    if (call.signal.aborted) cancel();
    call.signal.addEventListener("abort", cancel, { once: true });
    this.#detach = () => call.signal.removeEventListener("abort", cancel);
    const kept = this.#kept;
    this.#kept = [];
    for (const event of kept) call.emit(event);
  }

  /** Answers as many of the questions as the caller brought answers for. */
  answer(responses: unknown, errors: Readonly<Record<string, RpcError>> = {}): void {
    for (const [key, { resolve }] of [...this.#questions]) {
      const response = isJsonObject(responses) && Object.hasOwn(responses, key)
        ? responses[key]
        : undefined;
      const error = Object.hasOwn(errors, key) ? errors[key] : undefined;
      if (error === undefined && !isJsonObject(response)) continue;
      this.#questions.delete(key);
      resolve(error === undefined ? { result: response as JsonObject } : { error });
    }
  }

  /** Answers all questions with the same error. */
  refuse(error: RpcError): void {
    this.#settleAll({ error });
  }

  /** The server no longer has to work on it, and gets no answers of the client any more. */
  cancel(): void {
    this.#upstream.abort();
    this.refuse({ code: RpcCode.internalError, message: "Call was cancelled" });
  }

  /**
   * Waits for the final reply, or for questions. `begin` starts the call the first time.
   *
   * @returns the reply, or the questions by their keys
   */
  async next(
    begin?: () => Promise<Reply>,
  ): Promise<Reply | { readonly kind: "asked"; readonly questions: JsonObject }> {
    if (begin !== undefined) {
      this.#outcome = begin().finally(() => this.#end());
      // It may fail while nobody waits for it.
      this.#outcome.catch(() => {});
    }
    try {
      while (true) {
        if (this.#questions.size === 0) this.#asked = Promise.withResolvers<void>();
        const reply = await Promise.race([this.#outcome!, this.#asked.promise]);
        if (reply !== undefined) return reply;
        await this.#gather();
        // All of them may have been withdrawn meanwhile, or the call may have ended.
        if (this.#questions.size > 0) return { kind: "asked", questions: this.#asJson() };
      }
    } finally {
      this.#detach();
      if (this.#isOver) this.#settleAll("ended");
      this.#call = undefined;
    }
  }

  /** A caller that is being asked now may answer all the same: the question may be about another call of its. */
  #end(): void {
    this.#isOver = true;
    if (this.#call !== undefined) this.#settleAll("ended");
  }

  #settleAll(outcome: Outcome | "ended"): void {
    for (const { resolve } of this.#questions.values()) resolve(outcome);
    this.#questions.clear();
  }

  async #gather(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, GATHER_MS);
    await Promise.race([promise, this.#outcome]).catch(() => {});
    clearTimeout(timer);
  }

  #asJson(): JsonObject {
    return Object.fromEntries([...this.#questions].map(([key, { request }]) => [key, request]));
  }
}
