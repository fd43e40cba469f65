import { oneLine } from "../../observe/log.ts";
import { HttpConnection } from "./http_connection.ts";
import { type HttpHead, HttpSyntaxError } from "./http_head.ts";
import { encodeRequest, type HttpRequest } from "./http_request.ts";
import { TransportError } from "./transport.ts";
import { unlessAborted } from "./unless_aborted.ts";

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
  /** Connections that wait for a request. */
  readonly idle: number;
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
/** For connecting there is the system's limit, for a TLS handshake only this. */
const HANDSHAKE_MS = 30_000;

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
  readonly #connecting = new Set<Promise<HttpConnection>>();
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

  get idle(): number {
    return this.#idle.length;
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
      signal.throwIfAborted();
      connection.send(bytes);
      const head = await connection.readHead();
      const coding = head.headers.get("content-encoding")?.toLowerCase() ?? "identity";
      if (coding !== "identity") throw new HttpSyntaxError("Answer is compressed, unasked");
      connection.idleMs = idleMs(head);
      return new Answer(head, connection, release);
    } catch (error) {
      release("broken");
      throw new TransportError(`No answer: ${reason(error)}`, { sent: !connection.nothingSent });
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#connecting);
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

  /** A new connection. One that a request no longer waits for is kept for the next. */
  async #connect(signal: AbortSignal): Promise<HttpConnection> {
    const connecting = this.#establish();
    this.#connecting.add(connecting);
    const forget = () => void this.#connecting.delete(connecting);
    connecting.then(forget, forget);
    try {
      return await unlessAborted(connecting, signal);
    } catch (error) {
      connecting.then((connection) => this.#keep(connection), () => {});
      throw new TransportError(`Cannot connect: ${reason(error)}`, { sent: false });
    }
  }

  async #establish(): Promise<HttpConnection> {
    const { signal } = this.#closing;
    const hostname = this.#url.hostname.replace(/^\[(.*)\]$/, "$1");
    const port = Number(this.#url.port) || (this.#isTls ? 443 : 80);
    // Deno forgets to close a connection that is made in the moment its signal aborts: hence no request's own signal here.
    const tcp = await Deno.connect({ hostname, port, signal });
    tcp.setKeepAlive(true);
    const conn = this.#isTls ? await this.#secure(tcp, hostname, signal) : tcp;
    const connection = new HttpConnection(conn, this.#isTls);
    connection.idleMs = IDLE_MS;
    this.#open.add(connection);
    return connection;
  }

  async #secure(tcp: Deno.TcpConn, hostname: string, signal: AbortSignal): Promise<Deno.TlsConn> {
    const caCerts = this.#caCerts;
    const tls = await Deno.startTls(tcp, { hostname, caCerts, alpnProtocols: ["http/1.1"] });
    let isClosed = false;
    const close = () => {
      if (!isClosed) tls.close();
      isClosed = true;
    };
    const timer = setTimeout(close, HANDSHAKE_MS);
    signal.addEventListener("abort", close);
    try {
      signal.throwIfAborted();
      await tls.handshake();
      signal.throwIfAborted();
      return tls;
    } catch (error) {
      close();
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", close);
    }
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
    if (!this.#open.has(connection)) return;
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
