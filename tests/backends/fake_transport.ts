import type { Frame, JsonObject, RequestFrame } from "../../src/mcp/frames.ts";
import { errorFrame, type RequestId, resultFrame, type RpcError } from "../../src/mcp/frames.ts";
import type {
  Agreement,
  Transport,
  TransportEvents,
} from "../../src/backends/transports/transport.ts";

/** What becomes of a frame that is sent: written when undefined, refused when an error. */
export type OnSend = (frame: Frame) => Promise<void> | undefined;

/** A transport whose other end is the test. */
export class FakeTransport implements Transport {
  readonly pid = 4711;
  readonly kind: Transport["kind"];
  readonly requestScoped: boolean;
  readonly sent: Frame[] = [];
  readonly headers: (Readonly<Record<string, string>> | undefined)[] = [];
  readonly abandoned: RequestId[] = [];
  readonly agreements: Agreement[] = [];
  closings = 0;
  onSend: OnSend = () => undefined;
  #events: TransportEvents | undefined;
  readonly #streams = new Map<RequestId, PromiseWithResolvers<void>>();

  constructor(kind: Transport["kind"] = "stdio") {
    this.kind = kind;
    this.requestScoped = kind === "streamable_http";
  }

  /** The connection's ear. */
  get events(): TransportEvents {
    if (this.#events === undefined) throw new Error("Transport was not opened");
    return this.#events;
  }

  open(events: TransportEvents): Promise<void> {
    this.#events = events;
    return Promise.resolve();
  }

  agreed(agreement: Agreement): void {
    this.agreements.push(agreement);
  }

  send(frame: Frame, headers?: Readonly<Record<string, string>>): Promise<void> {
    this.sent.push(frame);
    this.headers.push(headers);
    const special = this.onSend(frame);
    if (special !== undefined) return special;
    if (!this.requestScoped || frame.kind !== "request") return Promise.resolve();
    const stream = Promise.withResolvers<void>();
    this.#streams.set(frame.id, stream);
    return stream.promise;
  }

  abandon(id: RequestId): void {
    this.abandoned.push(id);
    this.endStream(id);
  }

  close(): Promise<void> {
    this.closings++;
    for (const id of [...this.#streams.keys()]) this.endStream(id);
    return Promise.resolve();
  }

  /** Ends a request's own stream. */
  endStream(id: RequestId): void {
    this.#streams.get(id)?.resolve();
    this.#streams.delete(id);
  }

  /** The server says something, on the stream of a request where it has one. */
  says(frame: Frame, origin?: number): void {
    this.events.onFrame(frame, origin);
  }

  answers(id: RequestId, result: JsonObject): void {
    this.#answer(resultFrame(id, result));
  }

  refuses(id: RequestId, error: RpcError): void {
    this.#answer(errorFrame(id, error));
  }

  notifies(method: string, params?: JsonObject, origin?: number): void {
    this.says({ kind: "notification", method, params }, origin);
  }

  requests(method?: string): RequestFrame[] {
    return this.sent.filter((frame) => frame.kind === "request")
      .filter((frame) => method === undefined || frame.method === method);
  }

  /** Methods and parameters of the notifications sent. */
  notifications(): [string, JsonObject | undefined][] {
    return this.sent.filter((frame) => frame.kind === "notification")
      .map(({ method, params }) => [method, params]);
  }

  #answer(frame: Frame & { kind: "response" }): void {
    const origin = this.requestScoped && typeof frame.id === "number" ? frame.id : undefined;
    this.says(frame, origin);
    if (origin !== undefined) this.endStream(origin);
  }
}
