const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The server's end of one connection, for answers that no proper server would give. */
export class RawPeer {
  readonly #conn: Deno.Conn;
  /** One character a byte, as lengths count bytes. */
  #unread = "";

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Head and body of the next request; undefined when the client hung up instead. */
  async request(): Promise<string | undefined> {
    for (;;) {
      const end = this.#unread.indexOf("\r\n\r\n");
      if (end !== -1) {
        const length = Number(/\r\ncontent-length: (\d+)/.exec(this.#unread)?.[1] ?? 0);
        const whole = end + 4 + length;
        if (this.#unread.length >= whole) {
          const text = this.#unread.slice(0, whole);
          this.#unread = this.#unread.slice(whole);
          return fromBytes(text);
        }
      }
      const text = await this.#read();
      if (text === undefined) return undefined;
      this.#unread += text;
    }
  }

  async write(text: string): Promise<void> {
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  /** Answers with a JSON body of known length. */
  json(body: string, head = "HTTP/1.1 200 OK"): Promise<void> {
    const length = encoder.encode(body).length;
    return this.write(
      `${head}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`,
    );
  }

  /** Begins an event stream that lasts until the connection ends. */
  stream(fields = ""): Promise<void> {
    return this.write(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n${fields}\r\n`);
  }

  /** Resolves when the client has closed the connection, whatever it sent before. */
  async gone(): Promise<void> {
    while (await this.#read() !== undefined);
  }

  async #read(): Promise<string | undefined> {
    const buffer = new Uint8Array(64 * 1024);
    const count = await this.#conn.read(buffer).catch(() => null);
    return count === null
      ? undefined
      : Array.from(buffer.subarray(0, count), (byte) => String.fromCharCode(byte)).join("");
  }
}

function fromBytes(text: string): string {
  return decoder.decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}

export interface RawServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** How many connections there have been. */
  readonly connections: number;
}

/** Serves each connection with `serve`, then closes it. `nth` counts connections from 0. */
export function rawServer(
  serve: (peer: RawPeer, nth: number) => Promise<void>,
  listener: Deno.Listener = Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  scheme = "http",
): RawServer {
  const open = new Set<Deno.Conn>();
  let connections = 0;
  async function serveOne(conn: Deno.Conn): Promise<void> {
    open.add(conn);
    // A test that ends closes the connection under a peer that may be writing: no news.
    await serve(new RawPeer(conn), connections++).catch(() => {});
    if (open.delete(conn)) conn.close();
  }
  async function acceptAll(): Promise<void> {
    const served: Promise<void>[] = [];
    for await (const conn of listener) served.push(serveOne(conn));
    await Promise.all(served);
  }
  const accepting = acceptAll();
  const { port } = listener.addr as Deno.NetAddr;
  return {
    url: `${scheme}://127.0.0.1:${port}/mcp`,
    port,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const conn of open) conn.close();
      open.clear();
      await accepting;
    },
  };
}
