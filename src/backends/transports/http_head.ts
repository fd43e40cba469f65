/** The first part of an HTTP/1.1 answer, and what follows from it for the rest (RFC 9112). */
export interface HttpHead {
  readonly status: number;
  /** By lower-case name; repeated fields are joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes of the body that follows, or how its end is told. */
  readonly body: number | "chunked" | "until_close";
  /** Whether the connection may be used again after this answer. */
  readonly keepAlive: boolean;
}

/** Thrown for bytes that are not an unmistakable HTTP/1.1 answer. */
export class HttpSyntaxError extends Error {
  override readonly name = "HttpSyntaxError";
}

const MAX_FIELDS = 100;
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [^\r\n\0]*)?$/;
/** No line break but CRLF, no folded lines, no NUL (RFC 9112 sections 2.2 and 5.2 let a recipient refuse them). */
const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\r\n\0]*)$/;

/**
 * Reads a head, without the blank line at its end. Anything that two readers could take for different things is refused.
 *
 * @throws {HttpSyntaxError}
 */
export function parseHead(text: string): HttpHead {
  const lines = text.split("\r\n");
  const start = STATUS_LINE.exec(lines[0]!);
  if (start === null) {
    throw new HttpSyntaxError("Answer does not begin with an HTTP/1.1 status line");
  }
  if (lines.length - 1 > MAX_FIELDS) {
    throw new HttpSyntaxError(`Answer has more than ${MAX_FIELDS} header fields`);
  }
  const headers = new Map<string, string>();
  for (let n = 1; n < lines.length; n++) {
    const field = FIELD_LINE.exec(lines[n]!);
    if (field === null) throw new HttpSyntaxError("Answer has a malformed header field");
    const name = field[1]!.toLowerCase();
    const value = field[2]!.trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const status = Number(start[2]);
  const body = bodyOf(status, headers, start[1] === "1");
  const connection = headers.get("connection")?.toLowerCase() ?? "";
  const mayLast = start[1] === "1" && !/(?:^|,)[ \t]*close[ \t]*(?:,|$)/.test(connection);
  return { status, headers, body, keepAlive: mayLast && body !== "until_close" };
}

/** RFC 9112 section 6.3, less every case in which it has to weigh one field against another. */
function bodyOf(
  status: number,
  headers: ReadonlyMap<string, string>,
  isHttp11: boolean,
): HttpHead["body"] {
  const length = headers.get("content-length");
  const coding = headers.get("transfer-encoding");
  if (length !== undefined && !/^\d{1,15}$/.test(length)) {
    throw new HttpSyntaxError("Answer has a malformed Content-Length");
  }
  if (coding !== undefined) {
    if (length !== undefined) {
      throw new HttpSyntaxError("Answer has both Content-Length and Transfer-Encoding");
    }
    if (!isHttp11 || coding.toLowerCase() !== "chunked") {
      throw new HttpSyntaxError("Answer has a Transfer-Encoding other than chunked");
    }
  }
  if (status < 200 || status === 204 || status === 304) return 0;
  if (coding !== undefined) return "chunked";
  return length === undefined ? "until_close" : Number(length);
}
