import { oneLine } from "../../observe/log.ts";
import type { HttpAnswer } from "./http_client.ts";
import { TransportError } from "./transport.ts";
import { Utf8Decoder } from "./utf8.ts";

export interface HttpEndpointOptions {
  /** Absolute http or https URL; userinfo becomes Basic credentials, the fragment is dropped. */
  readonly url: string;
  /** Headers of every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What RFC 9110 section 5.5 lets a field value be: no control characters, nothing to trim. */
const FIELD_VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;
/** These say where a message ends or whose connection it is, which is for the HTTP client alone to say. */
const FRAMING = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const EXCERPT_LENGTH = 200;
/** Shorter values than this hide nothing and would blot out half of a message. */
const MIN_SECRET_LENGTH = 4;

/** A server's URL and the headers its operator configured, none of which may show up in a message. */
export class HttpEndpoint {
  /** Without userinfo and fragment. */
  readonly url: URL;
  /** Its path and query, as a request names it. */
  readonly target: string;
  readonly #headers: Record<string, string> = {};
  readonly #problem: string | undefined;
  /** Longest first, so that a secret within another leaves no rest behind. */
  #secrets: readonly string[] = [];

  constructor(options: HttpEndpointOptions) {
    this.url = new URL(options.url);
    const { username, password } = this.url;
    if (username !== "" || password !== "") {
      const pair = `${percentDecoded(username)}:${percentDecoded(password)}`;
      this.#headers.authorization = `Basic ${new TextEncoder().encode(pair).toBase64()}`;
      this.conceal(password, percentDecoded(password));
    }
    this.url.username = this.url.password = this.url.hash = "";
    this.target = this.url.pathname + this.url.search;
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      this.#problem ??= headerProblem(name, value);
      this.#headers[name.toLowerCase()] = value;
    }
    for (const value of Object.values(this.#headers)) this.conceal(value, ...value.split(/\s+/));
    this.conceal(this.url.search.slice(1), ...this.url.searchParams.values());
  }

  /** Throws {@link TransportError} for a configuration no request could be made with. */
  check(): void {
    if (this.#problem !== undefined) throw new TransportError(this.#problem, { sent: false });
  }

  /** The configured headers with these on top; names in `own` are lower-case. */
  headers(
    own: Readonly<Record<string, string>>,
    extra: Readonly<Record<string, string>> = {},
  ): Record<string, string> {
    const headers = { ...this.#headers };
    for (const [name, value] of Object.entries(extra)) {
      const problem = headerProblem(name, value);
      if (problem !== undefined) throw new TransportError(problem, { sent: false });
      headers[name.toLowerCase()] = value;
    }
    return Object.assign(headers, own);
  }

  /** From now on these do not show up in excerpts. */
  conceal(...values: readonly string[]): void {
    const secrets = values.filter((value) => value.length >= MIN_SECRET_LENGTH);
    this.#secrets = [...this.#secrets, ...secrets].sort((a, b) => b.length - a.length);
  }

  /** Text from the server, made fit for a message: one line, not long, without what we sent it in confidence. */
  excerpt(text: string): string {
    let safe = text;
    for (const secret of this.#secrets) safe = safe.replaceAll(secret, "[hidden]");
    safe = oneLine(safe.replaceAll(/\s+/g, " ").trim().toWellFormed());
    return safe.length > EXCERPT_LENGTH ? `${safe.slice(0, EXCERPT_LENGTH)}…` : safe;
  }
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function headerProblem(name: string, value: string): string | undefined {
  if (!TOKEN.test(name)) return "Header name holds characters that a header name cannot";
  if (FRAMING.has(name.toLowerCase())) {
    return `Header "${name}" is not for the configuration to set`;
  }
  if (!FIELD_VALUE.test(value)) {
    return `Header "${name}" has a value with characters, or spaces around it, that HTTP does not allow`;
  }
  return undefined;
}

/** The answer's media type, lower-case and without parameters. */
export function mediaType(answer: HttpAnswer): string {
  return (answer.header("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
}

/** Reads a body as UTF-8 text. Rejects with {@link TransportError} when it is larger than `maxBytes`. */
export async function readText(answer: HttpAnswer, maxBytes: number): Promise<string> {
  const tooLarge = () => {
    answer.discard();
    return new TransportError(`Answer is larger than ${maxBytes} bytes`, {
      sent: true,
      status: answer.status,
    });
  };
  if (Number(answer.header("content-length")) > maxBytes) throw tooLarge();
  const decoder = new Utf8Decoder();
  let text = "";
  let bytes = 0;
  for (let chunk = await answer.read(); chunk !== undefined; chunk = await answer.read()) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge();
    text += decoder.decode(chunk);
  }
  return text + decoder.end();
}

/** Reads the body of an answer whose status says no, as far as it can be of use. Never rejects. */
export async function readRefusal(answer: HttpAnswer, maxBytes: number): Promise<string> {
  if (answer.status >= 400) return await readText(answer, maxBytes).catch(() => "");
  answer.discard();
  return "";
}

/** The error for an answer whose status says no. `body` is what was read of it. */
export function refusal(endpoint: HttpEndpoint, answer: HttpAnswer, body: string): TransportError {
  const { status } = answer;
  const facts = { sent: true, status, ...(status === 429 ? { kind: "overloaded" as const } : {}) };
  if (status >= 300 && status < 400) {
    return new TransportError(
      `Server answered HTTP ${status}: redirects are not followed${target(endpoint, answer)}`,
      facts,
    );
  }
  const isReadable = /^(application\/([\w.+-]+\+)?json|text\/plain)$/.test(mediaType(answer));
  const said = isReadable ? endpoint.excerpt(body) : "";
  return new TransportError(
    `Server answered HTTP ${status}${said === "" ? "" : `: ${said}`}`,
    facts,
  );
}

function target(endpoint: HttpEndpoint, answer: HttpAnswer): string {
  const location = answer.header("location");
  const url = location === undefined ? null : URL.parse(location, endpoint.url);
  return url === null || url.origin === "null" ? "" : `, this one leads to "${url.origin}"`;
}
