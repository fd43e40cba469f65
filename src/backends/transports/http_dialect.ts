import type { Frame } from "../../mcp/frames.ts";
import { isJsonObject } from "../../mcp/json.ts";
import type { Era } from "../../mcp/versions.ts";
import type { HttpAnswer } from "./http_client.ts";
import { type Agreement, TransportError } from "./transport.ts";

const VERSION_KEY = "io.modelcontextprotocol/protocolVersion";
/** 2025-11-25 transports, Session Management: visible ASCII only. Method names and versions are held to the same. */
const VISIBLE_ASCII = /^[\x21-\x7e]{1,4096}$/;
/** An event id is sent back only when that is possible as it came. */
const EVENT_ID = /^[\x20-\x7e]{1,4096}$/;

/** What a Streamable HTTP message says in headers: revision, method and session. */
export class HttpDialect {
  #agreement: Agreement | undefined;
  #sessionId: string | undefined;
  #isSessionLost = false;

  /** The era agreed on, once it is. */
  get era(): Era | undefined {
    return this.#agreement?.era;
  }

  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  /** True from when the server forgot the session until a new handshake. */
  get isSessionLost(): boolean {
    return this.#isSessionLost;
  }

  agreed(agreement: Agreement): void {
    this.#agreement = agreement;
  }

  /** The era a message is sent in; before the agreement a message with a version in its `_meta` is a probe for 2026. */
  eraOf(frame: Frame): Era {
    return this.#agreement?.era ?? (metaVersion(frame) === undefined ? "2025" : "2026");
  }

  /** The headers of one message. Throws {@link TransportError} for a method that no header can carry. */
  postHeaders(frame: Frame): Record<string, string> {
    const headers: Record<string, string> = {
      "accept": "application/json, text/event-stream",
      "content-type": "application/json",
    };
    if (this.eraOf(frame) === "2025") {
      // The handshake itself is the one message that belongs to no session and no revision yet.
      if (!isInitialize(frame)) this.#addSession(headers);
      return headers;
    }
    const version = metaVersion(frame) ?? this.#agreement?.version;
    if (version !== undefined) headers["mcp-protocol-version"] = carriable(version);
    if (frame.kind !== "response") headers["mcp-method"] = carriable(frame.method);
    return headers;
  }

  /** The headers of a GET for a stream: a new one, or the one that broke after the event `lastEventId`. */
  streamHeaders(lastEventId = ""): Record<string, string> {
    const headers: Record<string, string> = { accept: "text/event-stream" };
    this.#addSession(headers);
    if (canResume(lastEventId)) headers["last-event-id"] = lastEventId;
    return headers;
  }

  /** The headers of the DELETE that ends the session. */
  sessionHeaders(): Record<string, string> {
    const headers: Record<string, string> = {};
    this.#addSession(headers);
    return headers;
  }

  /** Learns the session from the answer to `initialize`. */
  heardInitialize(answer: HttpAnswer): void {
    const id = answer.header("mcp-session-id");
    if (id !== undefined && !VISIBLE_ASCII.test(id)) {
      throw new TransportError("Server assigned a session id that is not visible ASCII", {
        sent: true,
        status: answer.status,
      });
    }
    this.#sessionId = id;
    this.#isSessionLost = false;
  }

  /** The server does not know the session any more. */
  loseSession(): void {
    this.#sessionId = undefined;
    this.#isSessionLost = true;
  }

  #addSession(headers: Record<string, string>): void {
    const version = this.#agreement?.version;
    if (version !== undefined) headers["mcp-protocol-version"] = version;
    if (this.#sessionId !== undefined) headers["mcp-session-id"] = this.#sessionId;
  }
}

export function isInitialize(frame: Frame): boolean {
  return frame.kind === "request" && frame.method === "initialize";
}

/** Whether a stream that broke after this event can be asked for again. */
export function canResume(lastEventId: string): boolean {
  return EVENT_ID.test(lastEventId);
}

function metaVersion(frame: Frame): string | undefined {
  if (frame.kind === "response") return undefined;
  const meta = frame.params?._meta;
  const version = isJsonObject(meta) ? meta[VERSION_KEY] : undefined;
  return typeof version === "string" ? version : undefined;
}

function carriable(value: string): string {
  if (VISIBLE_ASCII.test(value)) return value;
  throw new TransportError("Method or protocol version cannot be carried in a header", {
    sent: false,
  });
}
