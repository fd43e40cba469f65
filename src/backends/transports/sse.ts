import { z } from "zod";
import { encodeFrame, type Frame, type RequestFrame } from "../../mcp/frames.ts";
import { freshCursor } from "./event_stream.ts";
import { closedError, Exchanges } from "./exchanges.ts";
import { FrameReader } from "./frame_reader.ts";
import { type HttpAnswer, type HttpClient, httpClient } from "./http_client.ts";
import { HttpEndpoint, mediaType, readRefusal, refusal } from "./http_endpoint.ts";
import {
  type HttpTransportDeps,
  MAX_MESSAGE_BYTES,
  streamableHttpShape,
} from "./streamable_http.ts";
import {
  type Agreement,
  type Transport,
  TransportError,
  type TransportEvents,
} from "./transport.ts";

/** `transport: {type: sse}` a server that speaks the HTTP+SSE transport of 2024-11-05. */
export const sseShape = z.strictObject({
  type: z.literal("sse"),
  url: streamableHttpShape.shape.url.describe("The server's SSE endpoint"),
  headers: streamableHttpShape.shape.headers,
});
export type SseOptions = z.output<typeof sseShape>;

/** Reaches a server over HTTP+SSE (2024-11-05): one stream carries all that it says. */
export function sse(
  options: Pick<SseOptions, "url" | "headers">,
  deps: Omit<HttpTransportDeps, "delay"> = {},
): Transport {
  return new SseTransport(options, deps);
}

class SseTransport implements Transport {
  readonly kind = "sse";
  readonly pid = undefined;
  readonly requestScoped = false;
  readonly #endpoint: HttpEndpoint;
  readonly #http: HttpClient;
  readonly #maxMessageBytes: number;
  /** Ends the stream, and with it the transport. */
  readonly #stream = new AbortController();
  readonly #exchanges = new Exchanges();
  #version: string | undefined;
  /** Where messages go, as the server said. */
  #target: string | undefined;
  #isGone = false;
  #closed: Promise<void> | undefined;

  constructor(options: Pick<SseOptions, "url" | "headers">, deps: HttpTransportDeps) {
    this.#endpoint = new HttpEndpoint(options);
    this.#http = deps.http ?? httpClient({ url: options.url });
    this.#maxMessageBytes = deps.maxMessageBytes ?? MAX_MESSAGE_BYTES;
  }

  /** Opens the stream and waits until the server has said where messages go. */
  async open(events: TransportEvents, signal: AbortSignal): Promise<void> {
    this.#endpoint.check();
    const giveUp = () => this.#stream.abort();
    signal.addEventListener("abort", giveUp);
    if (signal.aborted) giveUp();
    try {
      await this.#exchanges.track(this.#connect(events));
    } catch (error) {
      this.#isGone = true;
      throw this.#stream.signal.aborted ? closedError(false) : error;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  agreed(agreement: Agreement): void {
    this.#version = agreement.version;
  }

  async send(frame: Frame): Promise<void> {
    const target = this.#target;
    if (target === undefined || this.#isGone) throw closedError(false);
    const body = encodeFrame(frame);
    await this.#exchanges.deliver(frame, (signal) => this.#post(target, body, signal));
  }

  abandon(id: RequestFrame["id"]): void {
    this.#exchanges.abandon(id);
  }

  close(): Promise<void> {
    return this.#closed ??= this.#end();
  }

  async #connect(events: TransportEvents): Promise<void> {
    const { signal } = this.#stream;
    const answer = await this.#http.request({
      method: "GET",
      target: this.#endpoint.target,
      headers: this.#endpoint.headers({ accept: "text/event-stream" }),
      signal,
    });
    if (answer.status >= 300) throw await this.#refusal(answer);
    if (mediaType(answer) !== "text/event-stream") {
      answer.discard();
      throw new TransportError(
        `Server answered HTTP ${answer.status} with something that is no event stream`,
        { sent: true, status: answer.status },
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const reader = new FrameReader({
      events,
      signal,
      maxMessageLength: this.#maxMessageBytes,
      takesEvent: ({ type, data }) => {
        if (type !== "endpoint" || this.#target !== undefined) return false;
        this.#target = this.#sameOrigin(data);
        resolve();
        return true;
      },
    });
    const reading = reader.readStream(answer, freshCursor()).then(
      () => "Event stream ended",
      (error) => {
        reject(error);
        return error instanceof TransportError ? error.message : "Event stream failed";
      },
    ).then((problem) => {
      this.#isGone = true;
      if (this.#target === undefined) {
        reject(new TransportError(`${problem} before it named an endpoint`, { sent: true }));
      } else if (!signal.aborted) {
        events.onClosed(problem);
      }
    });
    this.#exchanges.track(reading);
    await promise;
  }

  async #post(target: string, body: string, signal: AbortSignal): Promise<void> {
    const headers: Record<string, string> = {
      "accept": "application/json, text/event-stream",
      "content-type": "application/json",
    };
    if (this.#version !== undefined) headers["mcp-protocol-version"] = this.#version;
    const answer = await this.#http.request({
      method: "POST",
      target,
      headers: this.#endpoint.headers(headers),
      body,
      signal,
    });
    if (answer.status < 300) return answer.discard();
    const error = await this.#refusal(answer);
    // Here the address is the session (2024-11-05 transports, HTTP with SSE).
    if (answer.status !== 404) throw error;
    throw new TransportError(error.message, { sent: true, kind: "session_lost", status: 404 });
  }

  async #refusal(answer: HttpAnswer): Promise<TransportError> {
    return refusal(this.#endpoint, answer, await readRefusal(answer, this.#maxMessageBytes));
  }

  /** Credentials go with every message, so an address elsewhere is refused. */
  #sameOrigin(address: string): string {
    const target = URL.parse(address, this.#endpoint.url);
    if (target === null || target.origin !== this.#endpoint.url.origin) {
      throw new TransportError("Server named an endpoint that is not of its own origin", {
        sent: true,
      });
    }
    this.#endpoint.conceal(target.search.slice(1), ...target.searchParams.values());
    return target.pathname + target.search;
  }

  async #end(): Promise<void> {
    this.#isGone = true;
    this.#stream.abort();
    await this.#exchanges.close();
    await this.#http.close();
  }
}
