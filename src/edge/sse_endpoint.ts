import { decodeFrame, encodeFrame, errorFrame } from "../mcp/frames.ts";
import { GatewayError } from "../pipeline/errors.ts";
import type { Desk } from "./desk.ts";
import { readMessage } from "./read_message.ts";
import { refuse, SAFE_HEADERS } from "./refuse.ts";
import { Session } from "./session.ts";
import { type KeepAlive, SseStream } from "./sse_stream.ts";

interface Open {
  readonly session: Session;
  readonly stream: SseStream;
}

/** `/sse` and `/messages`: the HTTP+SSE transport of 2024-11-05. A session lives as long as its stream. */
export class SseEndpoint {
  readonly #desk: Desk;
  readonly #keepAlive: KeepAlive;
  readonly #open = new Map<string, Open>();

  constructor(desk: Desk, keepAlive: KeepAlive) {
    this.#desk = desk;
    this.#keepAlive = keepAlive;
  }

  /** Opens the stream; its first event says where messages are to be posted. */
  connect(scope: string | undefined): Response {
    if (this.#open.size >= this.#desk.options.sessions.max) {
      return refuse({
        status: 503,
        reason: "overloaded",
        message: "Too many sessions",
        headers: { "retry-after": "10" },
      });
    }
    const id = crypto.getRandomValues(new Uint8Array(32)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
    const stream = new SseStream(this.#keepAlive, () => this.#end(id));
    const session = new Session({
      desk: this.#desk,
      scope,
      notify: (frame) => stream.send({ event: "message", data: encodeFrame(frame) }),
    });
    this.#open.set(id, { session, stream });
    stream.send({ event: "endpoint", data: `/messages?session_id=${id}` });
    return stream.response();
  }

  async post(request: Request, sessionId: string | undefined): Promise<Response> {
    const open = this.#open.get(sessionId ?? "");
    if (open === undefined) {
      return refuse({ status: 404, reason: "session_not_found", message: "Session not found" });
    }
    const message = await readMessage(request, this.#desk.options.max_request_size_bytes);
    if (message instanceof Response) return message;
    const { value } = message;
    const frame = decodeFrame(value);
    if (frame.kind === "invalid") {
      return refuse({ status: 400, reason: "invalid_request", message: frame.why, id: frame.id });
    }
    const { session, stream } = open;
    const send = (text: string) => stream.send({ event: "message", data: text });
    if (frame.kind === "notification") session.notification(frame);
    if (frame.kind === "response") session.response(frame);
    if (frame.kind === "request") {
      session.request(frame, (notification) => send(encodeFrame(notification))).then(
        (response) => {
          if (response !== undefined) send(encodeFrame(response));
        },
        (error) => {
          this.#desk.log.error("Bug", { method: frame.method, error: String(error) });
          send(
            encodeFrame(
              errorFrame(frame.id, new GatewayError("internal", "Internal error").toRpcError()),
            ),
          );
        },
      );
    }
    return new Response("Accepted", { status: 202, headers: SAFE_HEADERS });
  }

  close(): void {
    for (const [id, { stream }] of [...this.#open]) {
      stream.end();
      this.#end(id);
    }
  }

  #end(id: string): void {
    this.#open.get(id)?.session.end();
    this.#open.delete(id);
  }
}
