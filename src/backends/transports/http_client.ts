import { oneLine } from "../../observe/log.ts";
import { HttpConnection } from "./http_connection.ts";
import { type HttpHead, HttpSyntaxError } from "./http_head.ts";
import { TransportError } from "./transport.ts";

/** One HTTP request. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Path and query, as they stand in a URL. */
  readonly target: string;
  /** Lower-case names; nothing that says where the message ends. Checked by the caller. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the exchange, also while its answer is being read. */
  readonly signal: AbortSignal;
}

/** A server's answer whose body is yet to be read. Either read it to its end or discard it. */
export interface HttpAnswer {
  readonly status: number;
  /** The header's value, by its lower-case name. */
  header(name: string): string | undefined;
  /** The next piece of the body, undefined at its end; valid until the next call. Rejects with {@link TransportError}. */
  read(): Promise<Uint8Array | undefined>;
  /** The rest is not wanted. */
  discard(): void;
}

/** Sends requests to one origin over pooled HTTP/1.1 connections: no redirects, proxies, cookies, compression, no second try. */
export interface HttpClient {
  /** Resolves when the answer's headers are there. Rejects with {@link TransportError}. */
  request(request: HttpRequest): Promise<HttpAnswer>;
  /** Ends all connections. Idempotent. */
  close(): Promise<void>;
}

export interface HttpClientOptions {
  /** Any http or https URL of the server; only its origin counts. */
  readonly url: string | URL;
  /** Connections kept for later. Default 64. */
  readonly maxIdle?: number;
  /** PEM certificates trusted besides the system's. Default none. */
  readonly caCerts?: readonly string[];
  /** Milliseconds since some fixed time. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * How long an unused connection is good for where the server does not say: many servers close theirs after 5 s, and a
 * request that meets such a close on its way is lost for good.
 */
const IDLE_MS = 4_000;
const MAX_IDLE_MS = 60_000;
/** How long, and for how many bytes, the end of an unwanted body is waited for in order to keep its connection. */
const LINGER_MS = 500;
const LINGER_BYTES = 64 * 1024;
const SWEEP_MS = 500;

/** Makes an {@link HttpClient}. Opens nothing yet. */
export function httpClient(options: HttpClientOptions): HttpClient {
  return new PooledClient(options);
}

class PooledClient implements HttpClient {
  readonly #url: URL;
  readonly #isTls: boolean;
  readonly #maxIdle: number;
  readonly #caCerts: string[];
  readonly #now: () => number;
  readonly #closing = new AbortController();
  /** Every open connection. */
  readonly #open = new Set<HttpConnection>();
  /** Those that may take a request, the one used last at the end. */
  readonly #idle: HttpConnection[] = [];
  /** Those whose unwanted body is being read to its end. */
  readonly #lingering = new Map<HttpConnection, Promise<void>>();
  #sweeper: ReturnType<typeof setTimeout> | undefined;

  constructor({ url, maxIdle = 64, caCerts = [], now = Date.now }: HttpClientOptions) {
    this.#url = new URL(url);
    this.#isTls = this.#url.protocol === "https:";
    this.#maxIdle = maxIdle;
    this.#caCerts = [...caCerts];
    this.#now = now;
  }

  async request(request: HttpRequest): Promise<HttpAnswer> {
    const { signal } = request;
    const bytes = encodeRequest(request, this.#url.host);
    const connection = this.#takeIdle() ?? await this.#connect(signal);
    const drop = () => this.#drop(connection);
    signal.addEventListener("abort", drop);
    const release = (how: "complete" | "unwanted" | "broken") => {
      signal.removeEventListener("abort", drop);
      if (how === "complete") this.#keep(connection);
      else if (how === "unwanted" && connection.mayEndWithin(LINGER_BYTES)) {
        this.#linger(connection);
      } else drop();
    };
    try {
      if (signal.aborted) throw new HttpSyntaxError("Request was given up");
      connection.send(bytes);
      const head = await connection.readHead();
      connection.idleMs = idleMs(head);
      return new Answer(head, connection, release);
    } catch (error) {
      release("broken");
      throw new TransportError(`No answer: ${reason(error)}`, { sent: !connection.nothingSent });
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#sweeper);
    this.#sweeper = undefined;
    this.#idle.length = 0;
    const ends = [...this.#open].map((connection) => connection.close());
    await Promise.all([...ends, ...this.#lingering.values()]);
    this.#open.clear();
  }

  #takeIdle(): HttpConnection | undefined {
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      if (last.expiresAt > this.#now()) return last;
      this.#drop(last);
    }
    return undefined;
  }

  async #connect(signal: AbortSignal): Promise<HttpConnection> {
    const hostname = this.#url.hostname.replace(/^\[(.*)\]$/, "$1");
    const port = Number(this.#url.port) || (this.#isTls ? 443 : 80);
    const either = AbortSignal.any([signal, this.#closing.signal]);
    let conn: Deno.Conn | undefined;
    const giveUp = () => conn?.close();
    try {
      either.throwIfAborted();
      const plain = await Deno.connect({ hostname, port, signal: either });
      conn = plain;
      plain.setKeepAlive(true);
      if (this.#isTls) {
        either.addEventListener("abort", giveUp);
        const tls = await Deno.startTls(plain, {
          hostname,
          caCerts: this.#caCerts,
          alpnProtocols: ["http/1.1"],
        });
        conn = tls;
        await tls.handshake();
      }
      either.throwIfAborted();
    } catch (error) {
      conn?.close();
      throw new TransportError(`Cannot connect: ${reason(error)}`, { sent: false });
    } finally {
      either.removeEventListener("abort", giveUp);
    }
    const connection = new HttpConnection(conn, this.#isTls);
    this.#open.add(connection);
    return connection;
  }

  /** Puts a connection whose answer is complete aside for the next request, if it is good for one. */
  #keep(connection: HttpConnection): void {
    const isWanted = !this.#closing.signal.aborted && this.#idle.length < this.#maxIdle;
    if (!isWanted || !connection.isReusable || connection.idleMs <= 0) {
      return this.#drop(connection);
    }
    connection.expiresAt = this.#now() + connection.idleMs;
    connection.rest(() => this.#drop(connection));
    this.#idle.push(connection);
    this.#sweepLater();
  }

  /** Reads what is left of a body nobody wants, within limits: its last bytes are often here or close. */
  #linger(connection: HttpConnection): void {
    const ending = this.#readAway(connection).then((isComplete) => {
      this.#lingering.delete(connection);
      if (isComplete) this.#keep(connection);
      else this.#drop(connection);
    });
    connection.expiresAt = this.#now() + LINGER_MS;
    this.#lingering.set(connection, ending);
    this.#sweepLater();
  }

  async #readAway(connection: HttpConnection): Promise<boolean> {
    try {
      for (let left = LINGER_BYTES; left > 0;) {
        const bytes = await connection.read();
        if (bytes === undefined) return true;
        left -= bytes.length;
      }
    } catch {
      // As good as too long.
    }
    return false;
  }

  #drop(connection: HttpConnection): void {
    if (!this.#open.delete(connection)) return;
    const at = this.#idle.indexOf(connection);
    if (at !== -1) this.#idle.splice(at, 1);
    connection.close();
  }

  /** One timer for all that must not last: set while there is any. */
  #sweepLater(): void {
    this.#sweeper ??= setTimeout(() => {
      this.#sweeper = undefined;
      const resting = [...this.#idle, ...this.#lingering.keys()];
      for (const connection of resting) {
        if (connection.expiresAt <= this.#now()) this.#drop(connection);
      }
      if (this.#idle.length + this.#lingering.size > 0) this.#sweepLater();
    }, SWEEP_MS);
  }
}

class Answer implements HttpAnswer {
  readonly status: number;
  readonly #headers: ReadonlyMap<string, string>;
  readonly #connection: HttpConnection;
  readonly #release: (how: "complete" | "unwanted" | "broken") => void;
  #isDone = false;

  constructor(
    head: HttpHead,
    connection: HttpConnection,
    release: (how: "complete" | "unwanted" | "broken") => void,
  ) {
    this.status = head.status;
    this.#headers = head.headers;
    this.#connection = connection;
    this.#release = release;
  }

  header(name: string): string | undefined {
    return this.#headers.get(name);
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#isDone) return undefined;
    try {
      const bytes = await this.#connection.read();
      if (bytes === undefined && !this.#isDone) this.#end("complete");
      return bytes;
    } catch (error) {
      if (!this.#isDone) this.#end("broken");
      throw new TransportError(`Answer broke off: ${reason(error)}`, {
        sent: true,
        status: this.status,
      });
    }
  }

  discard(): void {
    if (!this.#isDone) this.#end("unwanted");
  }

  #end(how: "complete" | "unwanted" | "broken"): void {
    this.#isDone = true;
    this.#release(how);
  }
}

const encoder = new TextEncoder();

function encodeRequest(request: HttpRequest, host: string): Uint8Array {
  const { method, target, headers, body } = request;
  let head = `${method} ${target} HTTP/1.1\r\n`;
  if (headers.host === undefined) head += `host: ${host}\r\n`;
  if (headers["user-agent"] === undefined) head += "user-agent: only1mcp\r\n";
  for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
  head += "accept-encoding: identity\r\n";
  if (body === undefined) return encoder.encode(head + "\r\n");
  const bodyBytes = encoder.encode(body);
  const headBytes = encoder.encode(`${head}content-length: ${bodyBytes.length}\r\n\r\n`);
  const bytes = new Uint8Array(headBytes.length + bodyBytes.length);
  bytes.set(headBytes);
  bytes.set(bodyBytes, headBytes.length);
  return bytes;
}

/** How long the server keeps an unused connection: its `Keep-Alive: timeout` less a second, in which a request may be under way. */
function idleMs(head: HttpHead): number {
  const told = /(?:^|[,;\s])timeout=(\d{1,6})/.exec(head.headers.get("keep-alive") ?? "");
  return told === null ? IDLE_MS : Math.min(MAX_IDLE_MS, Number(told[1]) * 1000 - 1000);
}

/** What went wrong on a socket; such errors know of addresses at most. */
function reason(error: unknown): string {
  if (error instanceof DOMException && error.name === "AbortError") return "given up";
  return error instanceof Error ? oneLine(error.message).slice(0, 200) : "unknown failure";
}
