import { encodeFrame, type Frame } from "../mcp/frames.ts";
import { httpStatus2026 } from "../mcp/rev2026.ts";
import { GatewayError, type Reason } from "../pipeline/errors.ts";
import type { Forms } from "./accepted_forms.ts";
import { accepted, json } from "./answers.ts";
import type { Desk } from "./desk.ts";
import { lazyReply } from "./lazy_reply.ts";
import { headerMismatch } from "./mirrored_headers.ts";
import type { Patience } from "./patience.ts";
import { refuse, stopping } from "./refuse.ts";
import { admit2026, serve2026 } from "./serve_2026.ts";
import { type KeepAlive, SseStream } from "./sse_stream.ts";

/** HTTP statuses of refusals that are not told by their JSON-RPC code alone. */
const STATUS_2026: ReadonlyMap<Reason, number> = new Map([
  // A missing field of `_meta` is a malformed request, unlike a tool that does not exist.
  ["invalid_params", 400],
  ["not_acceptable", 406],
]);

/** Messages of 2026-07-28 over HTTP: each stands alone, and a request ends with its response. */
export class Endpoint2026 {
  readonly #desk: Desk;
  readonly #keepAlive: KeepAlive;
  readonly #patience: Patience;
  /** Calls under way, which no session would end. */
  readonly #underWay = new Set<AbortController>();
  #isClosed = false;

  constructor(desk: Desk, keepAlive: KeepAlive, patience: Patience) {
    this.#desk = desk;
    this.#keepAlive = keepAlive;
    this.#patience = patience;
  }

  /** Cancels every call. */
  close(): void {
    this.#isClosed = true;
    for (const call of this.#underWay) call.abort();
  }

  async post(
    request: Request,
    frame: Frame,
    scope: string | undefined,
    accepts: Forms,
  ): Promise<Response> {
    // This revision has no notifications over HTTP that mean anything, and no responses at all.
    if (frame.kind === "notification") return accepted();
    if (frame.kind === "response") {
      return refuse({
        status: 400,
        reason: "invalid_request",
        message: "Responses are not sent in this revision",
      });
    }
    const desk = this.#desk;
    try {
      const header = (name: string) => request.headers.get(name) ?? undefined;
      const mismatch = await headerMismatch(frame, header, (tool) => desk.inputSchema(tool, scope));
      if (mismatch !== undefined) {
        throw new GatewayError("header_mismatch", `Header mismatch: ${mismatch}`);
      }
      const admitted = admit2026(frame);
      if (frame.method === "subscriptions/listen" && !accepts.sse) {
        throw new GatewayError("not_acceptable", "Accept must allow text/event-stream");
      }
      const left = new AbortController();
      const leave = () => left.abort();
      request.signal.addEventListener("abort", leave, { once: true });
      // A client may go while its body or its headers are being read.
      if (request.signal.aborted || this.#isClosed) leave();
      this.#underWay.add(left);
      return await lazyReply({
        accepts,
        patience: this.#patience,
        openStream: () => {
          // Closing the stream is how clients of this revision cancel.
          const stream = new SseStream(this.#keepAlive, leave);
          return {
            send: (data) => stream.send({ data }),
            end: () => stream.end(),
            response: () => stream.response(),
          };
        },
        work: async (emit) => {
          const response = await serve2026(frame, admitted, {
            desk,
            scope,
            signal: left.signal,
            emit,
          }).finally(() => {
            request.signal.removeEventListener("abort", leave);
            this.#underWay.delete(left);
          });
          return response === undefined ? [] : [response];
        },
        plain: ([response]) =>
          response === undefined
            ? (this.#isClosed ? stopping() : accepted())
            : json(encodeFrame(response), httpStatus2026(response.outcome.error)),
      });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return refuse({
        status: STATUS_2026.get(error.reason) ?? httpStatus2026(error.toRpcError()),
        reason: error.reason,
        message: error.message,
        data: error.data,
        id: frame.id,
      });
    }
  }
}
