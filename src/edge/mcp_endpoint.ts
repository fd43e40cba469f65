import { classify } from "../mcp/classify.ts";
import { decodeFrame, encodeFrame, type Frame, type RequestFrame } from "../mcp/frames.ts";
import { isVersion2025, SUPPORTED_VERSIONS, VERSION_2026 } from "../mcp/versions.ts";
import { acceptedForms, type Forms } from "./accepted_forms.ts";
import { accepted, json } from "./answers.ts";
import { decodeBatch } from "./batch.ts";
import type { Desk } from "./desk.ts";
import { Endpoint2026 } from "./endpoint_2026.ts";
import type { HttpSession } from "./http_session.ts";
import { Patience } from "./patience.ts";
import { lazyReply } from "./lazy_reply.ts";
import { readMessage } from "./read_message.ts";
import { notAllowed, refuse, SAFE_HEADERS, stopping } from "./refuse.ts";
import type { SessionTable } from "./session_table.ts";
import { type KeepAlive, SseStream } from "./sse_stream.ts";

/** `/mcp`: Streamable HTTP of both eras at one address; each message says which era it is of. */
export class McpEndpoint {
  readonly #desk: Desk;
  readonly #sessions: SessionTable;
  readonly #keepAlive: KeepAlive;
  readonly #patience: Patience;
  readonly #modern: Endpoint2026;
  #isClosed = false;

  constructor(desk: Desk, sessions: SessionTable, keepAlive: KeepAlive) {
    this.#desk = desk;
    this.#sessions = sessions;
    this.#keepAlive = keepAlive;
    this.#patience = new Patience(desk.options.keep_alive_seconds * 1000);
    this.#modern = new Endpoint2026(desk, keepAlive, this.#patience);
  }

  /** Cancels what belongs to no session. */
  close(): void {
    this.#isClosed = true;
    this.#patience.close();
    this.#modern.close();
  }

  async post(request: Request, scope: string | undefined): Promise<Response> {
    const accepts = acceptedForms(request.headers.get("accept"));
    if (!accepts.json && !accepts.sse) {
      return refuse({
        status: 406,
        reason: "not_acceptable",
        message: "Accept must allow application/json or text/event-stream",
      });
    }
    const type = request.headers.get("content-type") ?? "";
    if (!/^application\/json\s*(;|$)/i.test(type)) {
      return refuse({
        status: 415,
        reason: "invalid_request",
        message: "Content-Type must be application/json",
      });
    }
    const message = await readMessage(request, this.#desk.options.max_request_size_bytes);
    if (message instanceof Response) return message;
    const { value } = message;
    if (Array.isArray(value)) return await this.#batch(request, value, scope, accepts);

    const frame = decodeFrame(value);
    if (frame.kind === "invalid") {
      return refuse({ status: 400, reason: "invalid_request", message: frame.why, id: frame.id });
    }
    const era = classify(frame, {
      versionHeader: request.headers.get("mcp-protocol-version") ?? undefined,
      // `has()` would copy all headers first.
      hasSession: request.headers.get("mcp-session-id") !== null,
    });
    return era === "2026"
      ? await this.#modern.post(request, frame, scope, accepts)
      : await this.#post2025(request, frame, scope, accepts);
  }

  get(request: Request, scope: string | undefined): Response {
    if (isOf2026(request)) return notAllowed("POST");
    const found = this.#findSession(request, scope);
    if (found instanceof Response) return found;
    if (!acceptedForms(request.headers.get("accept")).sse) {
      return refuse({
        status: 406,
        reason: "not_acceptable",
        message: "Accept must allow text/event-stream",
      });
    }
    const stream = found.resume(request.headers.get("last-event-id") ?? undefined);
    if (stream !== undefined) return stream;
    // Not 404, by which clients would take the whole session for lost.
    return refuse({
      status: 400,
      reason: "invalid_request",
      message: "Stream to resume is not known",
    });
  }

  delete(request: Request, scope: string | undefined): Response {
    if (isOf2026(request)) return notAllowed("POST");
    const found = this.#findSession(request, scope);
    if (found instanceof Response) return found;
    this.#sessions.end(found);
    return new Response(null, { status: 204, headers: SAFE_HEADERS });
  }

  async #post2025(
    request: Request,
    frame: Frame,
    scope: string | undefined,
    accepts: Forms,
  ): Promise<Response> {
    if (frame.kind === "request" && frame.method === "initialize") {
      return await this.#initialize(frame, scope, accepts);
    }
    const found = this.#findSession(request, scope);
    if (found instanceof Response) return found;
    if (frame.kind !== "request") {
      if (frame.kind === "notification") found.session.notification(frame);
      else found.session.response(frame);
      return accepted();
    }
    return await this.#answer2025(found, [frame], accepts, false);
  }

  async #initialize(
    frame: RequestFrame,
    scope: string | undefined,
    accepts: Forms,
  ): Promise<Response> {
    const created = this.#sessions.create(scope);
    const response = await created.session.request(frame, () => {});
    if (response === undefined || response.outcome.error !== undefined) {
      created.end();
      return json(encodeFrame(response!));
    }
    this.#sessions.keep(created);
    const headers = { "mcp-session-id": created.id };
    if (accepts.json) return json(encodeFrame(response), 200, headers);
    const stream = new SseStream(this.#keepAlive, () => {});
    stream.send({ data: encodeFrame(response) });
    stream.end();
    return stream.response(headers);
  }

  /** An array of messages, which 2025-03-26 alone allows. */
  async #batch(
    request: Request,
    values: readonly unknown[],
    scope: string | undefined,
    accepts: Forms,
  ): Promise<Response> {
    const noBatches = "Batches exist in revision 2025-03-26 only";
    if (isOf2026(request)) {
      return refuse({ status: 400, reason: "invalid_request", message: noBatches });
    }
    const found = this.#findSession(request, scope);
    if (found instanceof Response) return found;
    if (found.session.version !== "2025-03-26") {
      return refuse({ status: 400, reason: "invalid_request", message: noBatches });
    }
    const frames = decodeBatch(values);
    if (typeof frames === "string") {
      return refuse({ status: 400, reason: "invalid_request", message: frames });
    }
    for (const frame of frames) {
      if (frame.kind === "notification") found.session.notification(frame);
      else if (frame.kind === "response") found.session.response(frame);
    }
    const requests = frames.filter((frame) => frame.kind === "request");
    if (requests.length === 0) return accepted();
    return await this.#answer2025(found, requests, accepts, true);
  }

  async #answer2025(
    found: HttpSession,
    requests: readonly RequestFrame[],
    accepts: Forms,
    isBatch: boolean,
  ): Promise<Response> {
    return await lazyReply({
      accepts,
      patience: this.#patience,
      openStream: () => found.openStream(),
      work: async (emit) => {
        const responses = await Promise.all(
          requests.map((frame) => found.session.request(frame, emit, accepts.sse)),
        );
        found.lastSeen = performance.now();
        return responses.filter((response) => response !== undefined);
      },
      plain: (responses) => {
        if (responses.length === 0) return this.#unanswered();
        const texts = responses.map(encodeFrame);
        return json(isBatch ? `[${texts.join(",")}]` : texts[0]!);
      },
    });
  }

  /** The answer to a request that was cancelled: by its client, which does not care any more, or by our end. */
  #unanswered(): Response {
    return this.#isClosed ? stopping() : accepted();
  }

  #findSession(request: Request, scope: string | undefined): HttpSession | Response {
    const version = request.headers.get("mcp-protocol-version");
    if (version !== null && !isVersion2025(version)) {
      return refuse({
        status: 400,
        reason: "unsupported_version",
        message: "Unsupported protocol version",
        data: { supported: SUPPORTED_VERSIONS, requested: version.slice(0, 64) },
      });
    }
    const id = request.headers.get("mcp-session-id");
    if (id === null) {
      return refuse({
        status: 400,
        reason: "invalid_request",
        message:
          "Mcp-Session-Id is missing: send initialize first, or _meta of revision 2026-07-28",
      });
    }
    return this.#sessions.find(id, scope) ??
      refuse({ status: 404, reason: "session_not_found", message: "Session not found" });
  }
}

function isOf2026(request: Request): boolean {
  return request.headers.get("mcp-protocol-version") === VERSION_2026;
}
