import { z } from "zod";
import { encodeFrame, type Frame, type RequestFrame, RpcCode } from "../../mcp/frames.ts";
import { backoffMs, type Delay, delay } from "./delay.ts";
import { freshCursor } from "./event_stream.ts";
import { closedError, Exchanges } from "./exchanges.ts";
import { FrameReader } from "./frame_reader.ts";
import { type HttpAnswer, type HttpClient, httpClient } from "./http_client.ts";
import { canResume, HttpDialect, isInitialize } from "./http_dialect.ts";
import { HttpEndpoint, mediaType, readRefusal, readText, refusal } from "./http_endpoint.ts";
import { DEFAULT_RETRY_MS, isPassing, listenStream } from "./listen_stream.ts";
import {
  type Agreement,
  type Transport,
  TransportError,
  type TransportEvents,
} from "./transport.ts";

/** `transport: {type: streamable_http}` a server reached at a URL, either era. */
export const streamableHttpShape = z.strictObject({
  type: z.literal("streamable_http"),
  url: z.url({ protocol: /^https?$/ }).describe("The server's MCP endpoint"),
  headers: z.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "a header name"), z.string())
    .default({})
    .describe("Headers sent with every request"),
});
export type StreamableHttpOptions = z.output<typeof streamableHttpShape>;

/** Largest message either HTTP transport takes. */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
const METHOD_NOT_FOUND = RpcCode.methodNotFound;
const MAX_RESUMPTIONS = 5;
const FAREWELL_MS = 1_000;

export interface HttpTransportDeps {
  /** The HTTP client, closed with the transport. Default: a new one. */
  readonly http?: HttpClient;
  /** Largest single message in bytes. Default 32 MiB. */
  readonly maxMessageBytes?: number;
  /** How waits between tries are made. Default: the clock. */
  readonly delay?: Delay;
}

/** Reaches a server over Streamable HTTP (2025-03-26 to 2026-07-28). */
export function streamableHttp(
  options: Pick<StreamableHttpOptions, "url" | "headers">,
  deps: HttpTransportDeps = {},
): Transport {
  return new StreamableHttpTransport(options, deps);
}

class StreamableHttpTransport implements Transport {
  readonly kind = "streamable_http";
  readonly pid = undefined;
  readonly requestScoped = true;
  readonly #endpoint: HttpEndpoint;
  readonly #http: HttpClient;
  readonly #delay: Delay;
  readonly #maxMessageBytes: number;
  readonly #dialect = new HttpDialect();
  readonly #exchanges = new Exchanges();
  readonly #closing = new AbortController();
  #events: TransportEvents | undefined;
  #isHandshaking = false;
  #isListening = false;
  #closed: Promise<void> | undefined;

  constructor(options: Pick<StreamableHttpOptions, "url" | "headers">, deps: HttpTransportDeps) {
    this.#endpoint = new HttpEndpoint(options);
    this.#http = deps.http ?? httpClient({ url: options.url });
    this.#delay = deps.delay ?? delay;
    this.#maxMessageBytes = deps.maxMessageBytes ?? MAX_MESSAGE_BYTES;
  }

  /** Makes no request: the first message shows whether the server is there. */
  open(events: TransportEvents, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) throw new TransportError("Opening was given up", { sent: false });
      this.#endpoint.check();
      this.#events = events;
      resolve();
    });
  }

  agreed(agreement: Agreement): void {
    this.#dialect.agreed(agreement);
    if (!this.#isHandshaking) this.#listen();
  }

  async send(frame: Frame, headers?: Readonly<Record<string, string>>): Promise<void> {
    if (this.#events === undefined) throw closedError(false);
    if (isInitialize(frame)) this.#isHandshaking = true;
    try {
      await this.#exchanges.deliver(frame, (signal) => this.#exchange(frame, signal, headers));
    } finally {
      if (frame.kind === "notification" && frame.method === "notifications/initialized") {
        this.#isHandshaking = false;
        this.#listen();
      }
    }
  }

  abandon(id: RequestFrame["id"]): void {
    this.#exchanges.abandon(id);
  }

  close(): Promise<void> {
    return this.#closed ??= this.#end();
  }

  /** Opens the stream of what belongs to no request: not before the server has heard that the handshake is over. */
  #listen(): void {
    if (this.#dialect.era !== "2025" || this.#isListening || this.#exchanges.isClosed) return;
    this.#isListening = true;
    const { signal } = this.#closing;
    this.#exchanges.track(listenStream({
      get: (lastEventId) => this.#get(lastEventId, signal),
      reader: this.#reader(undefined, signal),
      delay: this.#delay,
      signal,
    }));
  }

  async #exchange(
    frame: Frame,
    signal: AbortSignal,
    extra: Readonly<Record<string, string>> | undefined,
  ): Promise<void> {
    if (this.#dialect.isSessionLost && !isInitialize(frame)) throw sessionLost(false);
    const hadSession = this.#dialect.sessionId !== undefined && !isInitialize(frame);
    const answer = await this.#http.request({
      method: "POST",
      target: this.#endpoint.target,
      headers: this.#endpoint.headers(this.#dialect.postHeaders(frame), extra),
      body: encodeFrame(frame),
      signal,
    });
    const reader = this.#reader(frame, signal);
    if (answer.status >= 300) return await this.#takeRefusal(answer, reader, hadSession);
    if (frame.kind !== "request") return answer.discard();
    if (isInitialize(frame)) {
      this.#dialect.heardInitialize(answer);
      this.#endpoint.conceal(this.#dialect.sessionId ?? "");
    }
    switch (mediaType(answer)) {
      case "application/json":
        reader.takeText(await readText(answer, this.#maxMessageBytes));
        break;
      case "text/event-stream":
        await this.#follow(frame, answer, reader, signal);
        if (reader.isAnswered) return;
        // Without a status, which would make it a wrong answer: this one broke off, and says nothing of the outcome.
        throw new TransportError("Stream ended without a response to the request", { sent: true });
      default:
        throw this.#failure(answer, `with ${this.#typeOf(answer)}, not JSON or an event stream`);
    }
    if (!reader.isAnswered) throw this.#failure(answer, "without a response to the request");
  }

  /** Reads a request's event stream; in 2025 one that breaks is asked for again from its last event on. */
  async #follow(
    frame: Frame,
    first: HttpAnswer,
    reader: FrameReader,
    signal: AbortSignal,
  ): Promise<void> {
    const cursor = freshCursor();
    if (await reader.readStream(first, cursor) || this.#dialect.eraOf(frame) === "2026") return;
    for (let tries = 0; tries < MAX_RESUMPTIONS && canResume(cursor.lastEventId); tries++) {
      await this.#delay(backoffMs(cursor.retryMs ?? DEFAULT_RETRY_MS, tries), signal);
      if (signal.aborted) return;
      const answer = await this.#get(cursor.lastEventId, signal).catch(() => undefined);
      if (answer === undefined) continue;
      if (isPassing(answer.status)) {
        answer.discard();
        continue;
      }
      const hadSession = this.#dialect.sessionId !== undefined;
      if (answer.status >= 300) return await this.#takeRefusal(answer, reader, hadSession);
      if (mediaType(answer) !== "text/event-stream") {
        throw this.#failure(answer, `with ${this.#typeOf(answer)}, not an event stream`);
      }
      const before = cursor.events;
      if (await reader.readStream(answer, cursor)) return;
      // A server that lets clients poll closes often; only closing without news counts as failing.
      if (cursor.events !== before) tries = -1;
    }
  }

  /** An answer that is no success may still hold a response; if not, throws what it says. */
  async #takeRefusal(answer: HttpAnswer, reader: FrameReader, hadSession: boolean): Promise<void> {
    const body = await readRefusal(answer, this.#maxMessageBytes);
    const response = reader.responseIn(body);
    // 404 means that the session is gone (2025-11-25 transports, Session Management, 3), unless it plainly means another thing.
    if (answer.status === 404 && hadSession && response?.outcome.error?.code !== METHOD_NOT_FOUND) {
      this.#dialect.loseSession();
      throw sessionLost(true);
    }
    if (response === undefined) throw refusal(this.#endpoint, answer, body);
    reader.pass(response);
  }

  #get(lastEventId: string, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#http.request({
      method: "GET",
      target: this.#endpoint.target,
      headers: this.#endpoint.headers(this.#dialect.streamHeaders(lastEventId)),
      signal,
    });
  }

  #reader(frame: Frame | undefined, signal: AbortSignal): FrameReader {
    return new FrameReader({
      events: this.#events!,
      origin: frame?.kind === "request" ? frame.id as number : undefined,
      signal,
      maxMessageLength: this.#maxMessageBytes,
    });
  }

  #typeOf(answer: HttpAnswer): string {
    return `"${this.#endpoint.excerpt(mediaType(answer))}"`;
  }

  #failure(answer: HttpAnswer, how: string): TransportError {
    answer.discard();
    return new TransportError(`Server answered HTTP ${answer.status} ${how}`, {
      sent: true,
      status: answer.status,
    });
  }

  async #end(): Promise<void> {
    this.#closing.abort();
    await this.#exchanges.close();
    await this.#endSession();
    await this.#http.close();
  }

  /** Tells the server that the session is over (2025-11-25 transports, Session Management, 5); its answer is no matter. */
  async #endSession(): Promise<void> {
    if (this.#dialect.sessionId === undefined) return;
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), FAREWELL_MS);
    try {
      const answer = await this.#http.request({
        method: "DELETE",
        target: this.#endpoint.target,
        headers: this.#endpoint.headers(this.#dialect.sessionHeaders()),
        signal: controller.signal,
      });
      answer.discard();
    } catch {
      // Best effort: the server will find out by itself.
    } finally {
      clearTimeout(timer);
    }
  }
}

function sessionLost(sent: boolean): TransportError {
  const message = "Server no longer knows the session: HTTP 404";
  return new TransportError(message, { sent, kind: "session_lost", status: 404 });
}
