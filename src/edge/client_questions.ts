import {
  idKey,
  type JsonObject,
  type NotificationFrame,
  type RequestFrame,
  type ResponseFrame,
  RpcCode,
} from "../mcp/frames.ts";
import { GatewayError } from "../pipeline/errors.ts";

/** Takes what goes to the client while one of its requests is being served. */
export type Emit = (frame: NotificationFrame | RequestFrame) => void;

/** The requests from the gateway to one 2025 client that have not been answered. */
export class ClientQuestions {
  readonly #answerMs: number;
  readonly #open = new Map<string, (outcome: ResponseFrame["outcome"]) => void>();
  #lastId = 0;

  /** @param answerMs how long an answer may take */
  constructor(answerMs: number) {
    this.#answerMs = answerMs;
  }

  /** Asks, on the stream of the request concerned. A question not answered in time is answered by an error. */
  async ask(
    method: string,
    params: JsonObject,
    { emit, signal }: { readonly emit: Emit; readonly signal: AbortSignal },
  ): Promise<ResponseFrame["outcome"]> {
    const id = `only1mcp-${++this.#lastId}`;
    const key = idKey(id);
    const { promise, resolve, reject } = Promise.withResolvers<ResponseFrame["outcome"]>();
    const withdraw = (reason: string) =>
      emit({
        kind: "notification",
        method: "notifications/cancelled",
        params: { requestId: id, reason },
      });
    const timer = setTimeout(() => {
      withdraw("It took too long");
      resolve({ error: { code: RpcCode.internalError, message: "Client did not answer in time" } });
    }, this.#answerMs);
    const onAbort = () => {
      reject(new GatewayError("cancelled", "Call was cancelled"));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#open.set(key, resolve);
    try {
      if (signal.aborted) throw new GatewayError("cancelled", "Call was cancelled");
      emit({ kind: "request", id, method, params });
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      this.#open.delete(key);
    }
  }

  /** Takes a client's answer; one to no open question is ignored. */
  answered(frame: ResponseFrame): void {
    if (frame.id !== undefined) this.#open.get(idKey(frame.id))?.(frame.outcome);
  }
}
