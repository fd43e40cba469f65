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

const encoder = new TextEncoder();

/** The bytes of a request to `host`, which is named as a URL names it. */
export function encodeRequest(request: HttpRequest, host: string): Uint8Array {
  const { method, target, headers, body } = request;
  let head = `${method} ${target} HTTP/1.1\r\n`;
  if (headers.host === undefined) head += `host: ${host}\r\n`;
  if (headers["user-agent"] === undefined) head += "user-agent: only1mcp\r\n";
  for (const name in headers) {
    if (name !== "accept-encoding") head += `${name}: ${headers[name]}\r\n`;
  }
  // Inflating is where a small answer becomes a huge one.
  head += "accept-encoding: identity\r\n";
  if (body === undefined) return encoder.encode(head + "\r\n");
  const bodyBytes = encoder.encode(body);
  const headBytes = encoder.encode(`${head}content-length: ${bodyBytes.length}\r\n\r\n`);
  const bytes = new Uint8Array(headBytes.length + bodyBytes.length);
  bytes.set(headBytes);
  bytes.set(bodyBytes, headBytes.length);
  return bytes;
}
