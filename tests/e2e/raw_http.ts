import { within } from "./within.ts";

const encoder = new TextEncoder();

/** A connection on which a test writes any bytes it likes. */
export class RawHttp implements Disposable {
  readonly #connection: Deno.TcpConn;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async connect(port: number): Promise<RawHttp> {
    return new RawHttp(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  async write(text: string): Promise<void> {
    let bytes = encoder.encode(text);
    while (bytes.length > 0) bytes = bytes.subarray(await this.#connection.write(bytes));
  }

  /** Reads until the text matches or the other side closes; gives all of it. */
  async read(pattern: RegExp = /$^/, maxMs = 10_000): Promise<string> {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(65_536);
    let text = "";
    while (!pattern.test(text)) {
      const count = await within(`bytes come after ${text}`, this.#connection.read(buffer), maxMs)
        .catch((error) => {
          if (error instanceof Deno.errors.ConnectionReset) return null;
          throw error;
        });
      if (count === null) break;
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
    return text;
  }

  /** Sends one request and reads the head of its answer. */
  async exchange(request: string): Promise<string> {
    await this.write(request);
    return await this.read(/\r\n\r\n/);
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
