import { classify } from "../mcp/classify.ts";
import {
  decodeFrame,
  encodeFrame,
  errorFrame,
  type Frame,
  idKey,
  isRequestId,
  type RequestFrame,
  type ResponseFrame,
} from "../mcp/frames.ts";
import { parseJson } from "../mcp/json.ts";
import { GatewayError } from "../pipeline/errors.ts";
import { MAX_BATCH } from "./batch.ts";
import type { Desk } from "./desk.ts";
import { admit2026, serve2026 } from "./serve_2026.ts";
import { Session } from "./session.ts";

/** The gateway as one stdio server: one client, either era, frame by frame (2026-07-28 basic/transports/stdio). */
export class StdioServer {
  readonly #desk: Desk;
  readonly #write: (line: string) => void;
  readonly #session: Session;
  /** Requests of 2026 under way, to be cancelled by a notification. */
  readonly #underWay = new Map<string, AbortController>();
  readonly #running = new Set<Promise<void>>();

  /** @param write takes one frame as text, without a newline */
  constructor(desk: Desk, write: (line: string) => void) {
    this.#desk = desk;
    this.#write = write;
    this.#session = new Session({
      desk,
      scope: undefined,
      notify: (frame) => write(encodeFrame(frame)),
    });
  }

  /** Takes one line of input. */
  receive(line: string): void {
    if (line.trim() === "") return;
    let value: unknown;
    try {
      value = parseJson(line);
    } catch (error) {
      return this.#fail(undefined, new GatewayError("parse_error", (error as Error).message));
    }
    if (Array.isArray(value) && this.#session.version === "2025-03-26") return this.#batch(value);
    const frame = decodeFrame(value);
    if (frame.kind === "invalid") {
      return this.#fail(frame.id, new GatewayError("invalid_request", frame.why));
    }
    this.#take(frame);
  }

  /** Takes note of a message that was too large to be read. */
  tooLarge(): void {
    this.#fail(undefined, new GatewayError("payload_too_large", "Message is too large"));
  }

  /** Cancels what is under way and resolves when nothing runs any more. */
  async end(): Promise<void> {
    this.#session.end();
    for (const cancel of this.#underWay.values()) cancel.abort();
    await Promise.all(this.#running);
  }

  /** Resolves when every request taken so far has been answered. */
  async answered(): Promise<void> {
    await Promise.all(this.#running);
  }

  #take(frame: Frame): void {
    if (frame.kind === "request") return this.#track(this.#answer(frame));
    if (frame.kind === "response") return this.#session.response(frame);
    if (frame.method === "notifications/cancelled") {
      const id = frame.params?.requestId;
      if (isRequestId(id)) this.#underWay.get(idKey(id))?.abort();
    }
    this.#session.notification(frame);
  }

  async #answer(frame: RequestFrame): Promise<void> {
    const response = await this.#respond(frame);
    if (response !== undefined) this.#write(encodeFrame(response));
  }

  /** The answer to a request, even if that is that we failed; undefined when the client wants none. */
  async #respond(frame: RequestFrame): Promise<ResponseFrame | undefined> {
    const isModern = classify(frame, { versionHeader: undefined, hasSession: false }) === "2026" ||
      frame.method === "server/discover";
    try {
      return isModern ? await this.#serve2026(frame) : await this.#session.request(
        frame,
        (notification) => this.#write(encodeFrame(notification)),
      );
    } catch (error) {
      if (error instanceof GatewayError) return errorFrame(frame.id, error.toRpcError());
      this.#desk.log.error("Bug", { method: frame.method.slice(0, 128), error: String(error) });
      return errorFrame(frame.id, new GatewayError("internal", "Internal error").toRpcError());
    }
  }

  async #serve2026(frame: RequestFrame): Promise<ResponseFrame | undefined> {
    const key = idKey(frame.id);
    const cancel = new AbortController();
    try {
      const admitted = admit2026(frame);
      if (this.#underWay.has(key)) {
        throw new GatewayError("invalid_request", "Request id is already in use");
      }
      this.#underWay.set(key, cancel);
      return await serve2026(frame, admitted, {
        desk: this.#desk,
        scope: undefined,
        signal: cancel.signal,
        emit: (notification) => this.#write(encodeFrame(notification)),
      });
    } finally {
      if (this.#underWay.get(key) === cancel) this.#underWay.delete(key);
    }
  }

  #batch(values: readonly unknown[]): void {
    if (values.length > MAX_BATCH) {
      const error = new GatewayError(
        "invalid_request",
        `Batch has more than ${MAX_BATCH} messages`,
      );
      return this.#fail(undefined, error);
    }
    if (values.length === 0) {
      return this.#fail(undefined, new GatewayError("invalid_request", "Batch is empty"));
    }
    const frames = values.map(decodeFrame);
    const requests = frames.filter((frame) => frame.kind === "request");
    for (const frame of frames) {
      if (frame.kind === "invalid") {
        this.#fail(frame.id, new GatewayError("invalid_request", frame.why));
      } else if (frame.kind !== "request") this.#take(frame);
    }
    if (requests.length === 0) return;
    this.#track(
      Promise.all(requests.map((frame) => this.#respond(frame))).then((responses) => {
        const texts = responses.filter((response) => response !== undefined).map(encodeFrame);
        if (texts.length > 0) this.#write(`[${texts.join(",")}]`);
      }),
    );
  }

  #track(work: Promise<void>): void {
    const running: Promise<void> = work.catch((error) =>
      this.#desk.log.error("Bug", { error: String(error) })
    )
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  #fail(id: RequestFrame["id"] | undefined, error: GatewayError): void {
    this.#write(encodeFrame(errorFrame(id, error.toRpcError())));
  }
}
