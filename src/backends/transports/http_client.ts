import { TransportError } from "./transport.ts";

/** One HTTP request. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Without userinfo. */
  readonly url: URL;
  /** Lower-case names; checked by the caller. */
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

/** Sends HTTP requests over pooled connections: no redirects, no proxies, no compression, no cookies. */
export interface HttpClient {
  /** Resolves when the answer's headers are there. Rejects with {@link TransportError}. */
  request(request: HttpRequest): Promise<HttpAnswer>;
  /** Ends all exchanges and connections. Idempotent. */
  close(): Promise<void>;
}

/** An HTTP client on the platform's `fetch`. */
export function fetchClient(): HttpClient {
  const pool = Deno.createHttpClient({ poolMaxIdlePerHost: 64, http2: false });
  const closing = new AbortController();
  let isClosed = false;
  return {
    async request({ method, url, headers, body, signal }) {
      let response: Response;
      try {
        response = await fetch(url, {
          method,
          headers,
          redirect: "manual",
          client: pool,
          signal: AbortSignal.any([signal, closing.signal]),
          ...(body === undefined ? {} : { body }),
        });
      } catch (cause) {
        const refused = String(cause).includes("client error (Connect)");
        const why = refused ? "connection failed" : "connection broke before the answer";
        throw new TransportError(`Cannot reach "${url.origin}": ${why}`, { sent: !refused });
      }
      const reader = response.body?.getReader();
      return {
        status: response.status,
        header: (name) => response.headers.get(name) ?? undefined,
        async read() {
          try {
            return (await reader?.read())?.value;
          } catch {
            throw new TransportError(`Connection to "${url.origin}" broke`, { sent: true });
          }
        },
        discard() {
          reader?.cancel().catch(() => {});
        },
      };
    },
    close() {
      if (!isClosed) {
        isClosed = true;
        closing.abort();
        pool.close();
      }
      return Promise.resolve();
    },
  };
}
