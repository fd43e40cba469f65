import {
  idKey,
  isRequestId,
  type RequestFrame,
  type ResponseFrame,
  RpcCode,
  type RpcError,
} from "../mcp/frames.ts";
import { neutralQuestion, refusalOf } from "./askable.ts";
import type { Outcome, Pending, PendingTable } from "./pending.ts";

/** Most requests of one server that are being answered at once. */
const MAX_UNANSWERED = 1000;

/** The requests of one 2025 server to its client, each put to the caller whose call it is about. */
export class Questions {
  readonly #pending: PendingTable;
  readonly #send: (frame: ResponseFrame) => Promise<void>;
  #unanswered = 0;
  /** Those under way, by the server's ids, to be taken back one by one. */
  readonly #open = new Map<string, AbortController>();

  constructor(pending: PendingTable, send: (frame: ResponseFrame) => Promise<void>) {
    this.#pending = pending;
    this.#send = send;
  }

  /** Takes a request and sends its answer when there is one. `origin` is our request on whose stream it came. */
  take(frame: RequestFrame, origin: number | undefined): void {
    // A server that asks and does not read the answers is not answered any more.
    if (this.#unanswered >= MAX_UNANSWERED) return;
    this.#unanswered++;
    const done = () => {
      this.#unanswered--;
    };
    this.#answer(frame, origin)
      // Handled at once: rejections that are handled a turn later cost time that grows with their number squared.
      .then((outcome) => this.#send({ kind: "response", id: frame.id, outcome }).catch(() => {}))
      .then(done, done);
  }

  /** The server no longer wants an answer. */
  withdraw(id: unknown): void {
    if (isRequestId(id)) this.#open.get(idKey(id))?.abort();
  }

  async #answer(frame: RequestFrame, origin: number | undefined): Promise<Outcome> {
    if (frame.method === "ping") return { result: {} };
    while (true) {
      const owner = origin === undefined
        ? this.#pending.asked()
        : this.#pending.get(origin) ?? "nobody";
      if (typeof owner === "string" || owner.ask === undefined) {
        return { error: unattributable(frame.method, owner) };
      }
      const error = refusalOf(frame, owner.ask.capabilities);
      if (error !== undefined) return { error };
      const outcome = await this.#ask(frame, owner, owner.ask);
      // The call ended, so that the question must have been about another of the same client.
      if (outcome !== "ended") return outcome;
    }
  }

  /** While the caller is being asked, its call is not late. */
  async #ask(
    frame: RequestFrame,
    owner: Pending,
    asker: NonNullable<Pending["ask"]>,
  ): Promise<Outcome | "ended"> {
    const key = idKey(frame.id);
    const withdrawn = new AbortController();
    const { promise: gone, reject } = Promise.withResolvers<never>();
    withdrawn.signal.addEventListener("abort", () => reject(withdrawn.signal.reason));
    this.#open.set(key, withdrawn);
    this.#pending.pause(owner);
    try {
      return await Promise.race([asker.ask(neutralQuestion(frame), withdrawn.signal), gone]);
    } finally {
      this.#pending.resume(owner);
      this.#open.delete(key);
    }
  }
}

function unattributable(method: string, owner: Pending | "nobody" | "several"): RpcError {
  const why = owner === "several"
    ? "calls that may be of several clients are in progress on one connection; give each client its own (isolation: session)"
    : "no call is in progress that it could belong to";
  return {
    code: RpcCode.methodNotFound,
    message: `Cannot tell which client to ask ${method.slice(0, 64)}: ${why}`,
  };
}
