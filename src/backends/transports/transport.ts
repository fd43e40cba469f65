import type { Frame, RequestFrame } from "../../mcp/frames.ts";
import type { Era } from "../../mcp/versions.ts";

/** What a transport tells its connection. None of it is called after `close()` was. */
export interface TransportEvents {
  /**
   * A frame arrived. `origin` is the id of our request on whose own stream it came (Streamable HTTP), undefined where
   * all share one channel.
   */
  onFrame(frame: Frame, origin: number | undefined): void;
  /** The channel is gone for good: the process ended, the stream broke. Called at most once, also before `open()` settles. */
  onClosed(problem: string): void;
  /** Something came that is no frame (noise on stdout, a broken event); for counting and debug logs. */
  onNoise(sample: string): void;
  /**
   * An answer came that cannot be used, too large or broken; `id` is that of the request it answers, where it could be
   * read.
   */
  onUnusable(why: string, id: number | undefined): void;
  /** One line of the server's stderr, without its newline. */
  onStderr(line: string): void;
}

/** What was agreed with the server, for transports that repeat it in headers. */
export interface Agreement {
  readonly era: Era;
  readonly version: string;
}

/** Why a message could not be delivered, or its answer not be had. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  /** False only when it is certain that no byte of the message reached the server: it may be sent again. */
  readonly sent: boolean;
  /** `session_lost`: the server no longer knows our session. `invalid`: it answered with something that is no answer. */
  readonly kind: "failed" | "session_lost" | "overloaded" | "invalid";
  /** HTTP status, where there was one. */
  readonly status: number | undefined;

  constructor(
    message: string,
    facts: { sent: boolean; kind?: TransportError["kind"]; status?: number | undefined },
  ) {
    super(message);
    this.sent = facts.sent;
    this.kind = facts.kind ?? "failed";
    this.status = facts.status;
  }
}

/**
 * One way to exchange frames with one server. It knows no methods beyond what its binding demands, correlates nothing
 * and never sends a message twice. Ids of requests it is given are integers, never reused in its lifetime.
 */
export interface Transport {
  readonly kind: "stdio" | "streamable_http" | "sse";
  readonly pid: number | undefined;
  /** True where every request has a stream of its own: then a settled `send()` means that no more comes for it. */
  readonly requestScoped: boolean;

  /** Starts the process or opens the stream. Rejects with {@link TransportError} when that fails. */
  open(events: TransportEvents, signal: AbortSignal): Promise<void>;

  /** Called once after the handshake; from then on headers say so, and a 2025 HTTP server's GET stream is opened. */
  agreed(agreement: Agreement): void;

  /**
   * Hands a frame over. On a shared channel it resolves when the frame is written; where requests have streams of their
   * own it resolves when that stream has ended. `headers` are extra HTTP headers of this message (`Mcp-Name`,
   * `Mcp-Param-*`), ignored elsewhere. Rejects with {@link TransportError}.
   */
  send(frame: Frame, headers?: Readonly<Record<string, string>>): Promise<void>;

  /** The caller no longer wants this request: closes its stream where it has one. Its `send()` then resolves. */
  abandon(id: RequestFrame["id"]): void;

  /** Ends everything, child processes included; resolves when nothing is left running. Idempotent. */
  close(): Promise<void>;
}
