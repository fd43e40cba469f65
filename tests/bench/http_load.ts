import { type Load, measure, type Round } from "./load.ts";
import {
  echoCall,
  type Era,
  FIRST_ID,
  HANDSHAKE_2025,
  requestHeaders,
  Template,
} from "./messages.ts";

export interface HttpLoadOptions {
  readonly url: string;
  /** The process that serves it. */
  readonly pid: number;
  readonly era: Era;
  /** Name of the echo tool there. */
  readonly tool: string;
  readonly inFlight: number;
}

/** Calls over HTTP/1.1, one kept connection for each call in flight: raw, because a `fetch` costs more than a gateway. */
export async function httpLoad({ url, pid, era, tool, inFlight }: HttpLoadOptions): Promise<Load> {
  const target = new URL(url);
  const headers = requestHeaders(era, "tools/call", tool);
  if (era === "2025") {
    const session = await beginSession(target);
    if (session !== undefined) headers["mcp-session-id"] = session;
  }
  const text = requestText(target, headers, echoCall(era, tool));
  const connections = await Promise.all(
    Array.from({ length: inFlight }, () => HttpConnection.open(target)),
  );
  let lastId = FIRST_ID;

  async function caller(
    connection: HttpConnection,
    until: number,
    answered: (since: number) => void,
  ): Promise<void> {
    const template = new Template(text);
    for (let now = performance.now(); now < until; now = performance.now()) {
      const id = ++lastId;
      template.setId(id);
      const { status, body } = await connection.exchange(template.bytes);
      if (status !== 200 || !body.includes(`"id":${id}`) || !body.includes('"content"')) {
        throw new Error(`Unexpected answer: HTTP ${status} ${body.slice(0, 500)}`);
      }
      answered(now);
    }
  }

  return {
    pid,
    round: (ms): Promise<Round> =>
      measure(
        ms,
        (until, answered) =>
          Promise.all(connections.map((connection) => caller(connection, until, answered))),
      ),
    [Symbol.asyncDispose]() {
      for (const connection of connections) connection.close();
      return Promise.resolve();
    },
  };
}

/** One request on a connection of its own. */
export async function httpExchange(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<HttpAnswer> {
  const target = new URL(url);
  const connection = await HttpConnection.open(target);
  try {
    return await connection.exchange(
      new TextEncoder().encode(requestText(target, headers, body)),
    );
  } finally {
    connection.close();
  }
}

export interface HttpAnswer {
  readonly status: number;
  readonly head: string;
  /** One character a byte. */
  readonly body: string;
}

/** The session that a client of 2025 opens; undefined where the server has none. */
async function beginSession(url: URL): Promise<string | undefined> {
  const [initialize, initialized] = HANDSHAKE_2025;
  const first = await httpExchange(url.href, requestHeaders("2025", "initialize"), initialize);
  const session = /^mcp-session-id: *(\S+)\r$/im.exec(first.head)?.[1];
  const headers = requestHeaders("2025", "notifications/initialized");
  if (session !== undefined) headers["mcp-session-id"] = session;
  const second = await httpExchange(url.href, headers, initialized);
  if (first.status !== 200 || second.status !== 202) {
    throw new Error(`Handshake failed: HTTP ${first.status}, ${second.status}`);
  }
  return session;
}

function requestText(url: URL, headers: Readonly<Record<string, string>>, body: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  // All that is sent here is ASCII, so that characters are bytes.
  return `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\n${lines}` +
    `content-length: ${body.length}\r\n\r\n${body}`;
}

class HttpConnection {
  readonly #conn: Deno.TcpConn;
  readonly #decoder = new TextDecoder("latin1");
  #buffer = new Uint8Array(16 * 1024);

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async open({ hostname, port }: URL): Promise<HttpConnection> {
    return new HttpConnection(await Deno.connect({ hostname, port: Number(port) }));
  }

  async exchange(request: Uint8Array): Promise<HttpAnswer> {
    for (let sent = 0; sent < request.length;) {
      sent += await this.#conn.write(request.subarray(sent));
    }
    let filled = 0;
    let total = Infinity;
    let head: string | undefined;
    while (filled < total) {
      if (filled === this.#buffer.length) this.#grow();
      const count = await this.#conn.read(this.#buffer.subarray(filled));
      if (count === null) throw new Error("Connection was closed before the answer was complete");
      filled += count;
      if (head !== undefined) continue;
      const seen = this.#decoder.decode(this.#buffer.subarray(0, filled));
      const end = seen.indexOf("\r\n\r\n");
      if (end === -1) continue;
      head = seen.slice(0, end + 2);
      total = end + 4 + lengthOf(head);
    }
    const whole = this.#decoder.decode(this.#buffer.subarray(0, filled));
    return { status: Number(head!.slice(9, 12)), head: head!, body: whole.slice(head!.length + 2) };
  }

  close(): void {
    this.#conn.close();
  }

  #grow(): void {
    const larger = new Uint8Array(this.#buffer.length * 2);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}

function lengthOf(head: string): number {
  const length = /^content-length: *(\d+)\r$/im.exec(head)?.[1];
  if (length === undefined) throw new Error(`Answer does not tell its length: ${head}`);
  return Number(length);
}
