import { type HttpHead, HttpSyntaxError, parseHead } from "./http_head.ts";

/** Also the most that a head, with its interim ones, or a chunk's size line may take. */
const BUFFER_BYTES = 32 * 1024;
const MAX_INTERIM = 8;
const MAX_TRAILERS = 100;
const CR = 0x0d;
const LF = 0x0a;
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\0]*)?$/;
const latin1 = new TextDecoder("latin1");

/** One connection: requests out, answers in, one after the other. Throws what the socket throws, or {@link HttpSyntaxError}. */
export class HttpConnection {
  /** Its pool's note of when it must no longer rest. */
  expiresAt = 0;
  /** Its pool's note of how long it may rest once it is idle. */
  idleMs = 0;
  readonly #conn: Deno.Conn;
  readonly #isTls: boolean;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #start = 0;
  #end = 0;
  /** A read begun while idle, so that the server's closing is noticed; it also brings the next answer's first bytes. */
  #early: Promise<number | null> | undefined;
  #isIdle = false;
  #isClosed = false;
  #isWriting = false;
  #nothingSent = false;
  #body: HttpHead["body"] = 0;
  #keepAlive = true;
  /** Of the body, or of the current chunk. */
  #bytesLeft = 0;
  #isOver = true;
  #isFirstChunk = true;

  constructor(conn: Deno.Conn, isTls: boolean) {
    this.#conn = conn;
    this.#isTls = isTls;
  }

  /** Whether it is certain that no byte of the last request left this machine. */
  get nothingSent(): boolean {
    return this.#nothingSent;
  }

  /** Whether the last answer is complete and nothing speaks against another request. */
  get isReusable(): boolean {
    return this.#isOver && this.#keepAlive && !this.#isWriting && !this.#isClosed &&
      this.#start === this.#end;
  }

  /** Whether so little of the body can be left that reading it is cheaper than a new connection. */
  mayEndWithin(bytes: number): boolean {
    return this.#keepAlive && (this.#body === "chunked" || this.#bytesLeft <= bytes);
  }

  /** Watches over it while no request uses it. `onStirred` is called when the server closes, or speaks out of turn. */
  rest(onStirred: () => void): void {
    this.#isIdle = true;
    this.#start = this.#end = 0;
    const notice = () => {
      if (this.#isIdle) onStirred();
    };
    this.#early = this.#conn.read(this.#buffer);
    this.#early.then(notice, notice);
  }

  /** Sends a request. Its answer may come before all of it is sent, so this does not wait, and reading tells of failure. */
  send(request: Uint8Array): void {
    this.#isIdle = false;
    this.#isWriting = true;
    this.#nothingSent = false;
    this.#write(request);
  }

  /** The answer's head, interim ones (1xx) skipped. */
  async readHead(): Promise<HttpHead> {
    for (let interim = 0; interim <= MAX_INTERIM; interim++) {
      const head = parseHead(await this.#headText());
      if (head.status === 101) throw new HttpSyntaxError("Answer switches protocols");
      if (head.status < 200) continue;
      this.#body = head.body;
      this.#keepAlive = head.keepAlive;
      this.#isOver = head.body === 0;
      this.#isFirstChunk = true;
      this.#bytesLeft = typeof head.body === "number" ? head.body : 0;
      return head;
    }
    throw new HttpSyntaxError(`Answer has more than ${MAX_INTERIM} interim heads`);
  }

  /** The next bytes of the body, valid until the next call; undefined at its end. */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#bytesLeft === 0 && !this.#isOver) {
      if (this.#body === "chunked") await this.#nextChunk();
      else if (this.#body === "until_close") this.#bytesLeft = Infinity;
      else this.#isOver = true;
    }
    if (this.#isOver) return undefined;
    if (this.#start === this.#end && !await this.#fill()) {
      if (this.#body !== "until_close") throw endedEarly();
      this.#isOver = true;
      return undefined;
    }
    const from = this.#start;
    this.#start = Math.min(this.#end, from + this.#bytesLeft);
    this.#bytesLeft -= this.#start - from;
    return this.#buffer.subarray(from, this.#start);
  }

  /** Closes it, whatever is going on; resolves when nothing of it is left running. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isIdle = false;
    this.#conn.close();
    await this.#early?.catch(() => {});
  }

  async #write(bytes: Uint8Array): Promise<void> {
    let written = 0;
    try {
      while (written < bytes.length) written += await this.#conn.write(bytes.subarray(written));
      this.#isWriting = false;
    } catch {
      // A TLS layer may have sent part of what it then fails on, and so may a write that closing cut short.
      this.#nothingSent = written === 0 && !this.#isTls && !this.#isClosed;
    }
  }

  async #headText(): Promise<string> {
    for (let from = this.#start;;) {
      const end = this.#blankLine(from);
      if (end !== -1) {
        const text = latin1.decode(this.#buffer.subarray(this.#start, end));
        this.#start = end + 4;
        return text;
      }
      const seen = this.#end - this.#start;
      if (!await this.#fill()) throw endedEarly();
      from = this.#start + Math.max(0, seen - 3);
    }
  }

  #blankLine(from: number): number {
    const bytes = this.#buffer;
    for (let at = bytes.indexOf(CR, from); at !== -1 && at + 3 < this.#end;) {
      if (bytes[at + 1] === LF && bytes[at + 2] === CR && bytes[at + 3] === LF) return at;
      at = bytes.indexOf(CR, at + 1);
    }
    return -1;
  }

  async #nextChunk(): Promise<void> {
    if (!this.#isFirstChunk && await this.#line() !== "") {
      throw new HttpSyntaxError("Answer has a chunk longer than its size");
    }
    this.#isFirstChunk = false;
    const size = CHUNK_SIZE.exec(await this.#line());
    if (size === null) throw new HttpSyntaxError("Answer has a malformed chunk size");
    this.#bytesLeft = parseInt(size[1]!, 16);
    if (this.#bytesLeft > 0) return;
    for (let trailers = 0; await this.#line() !== ""; trailers++) {
      if (trailers === MAX_TRAILERS) throw new HttpSyntaxError("Answer has too many trailers");
    }
    this.#isOver = true;
  }

  async #line(): Promise<string> {
    for (let from = this.#start;;) {
      const at = this.#buffer.indexOf(LF, from);
      if (at !== -1 && at < this.#end) {
        if (at === this.#start || this.#buffer[at - 1] !== CR) {
          throw new HttpSyntaxError("Answer has a line that does not end with CRLF");
        }
        const text = latin1.decode(this.#buffer.subarray(this.#start, at - 1));
        this.#start = at + 1;
        return text;
      }
      const seen = this.#end - this.#start;
      if (!await this.#fill()) throw endedEarly();
      from = this.#start + seen;
    }
  }

  /** Reads more bytes behind those that are there; false when no more will come. */
  async #fill(): Promise<boolean> {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    if (this.#end === BUFFER_BYTES) {
      throw new HttpSyntaxError(`Answer has a head or a line larger than ${BUFFER_BYTES} bytes`);
    }
    for (;;) {
      const early = this.#early;
      this.#early = undefined;
      const count = await (early ?? this.#conn.read(this.#buffer.subarray(this.#end)));
      if (count === null) return false;
      this.#end += count;
      if (count > 0) return true;
    }
  }
}

function endedEarly(): HttpSyntaxError {
  return new HttpSyntaxError("Connection was closed before the answer was complete");
}
