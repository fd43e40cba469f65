import { type Answer, type Json, readAnswer } from "./answer.ts";
import { EventReader } from "./event_reader.ts";
import { within } from "./within.ts";

export interface Session2025Options {
  /** Default: the newest revision with sessions. */
  readonly version?: string;
  readonly capabilities?: Json;
}

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A client of 2025 over Streamable HTTP that sends exactly what a test wants. */
export class Session2025 {
  readonly url: string;
  /** The answer to `initialize`. */
  readonly initialized: Answer;
  readonly #version: string;
  #lastId = 0;

  private constructor(url: string, version: string, initialized: Answer) {
    this.url = url;
    this.initialized = initialized;
    this.#version = version;
  }

  static async open(url: string, options: Session2025Options = {}): Promise<Session2025> {
    const { version = "2025-11-25", capabilities = {} } = options;
    const clientInfo = { name: "e2e", version: "1.0.0" };
    const params = { protocolVersion: version, capabilities, clientInfo };
    const frame = { jsonrpc: "2.0", id: "init", method: "initialize", params };
    const initialized = await readAnswer(await postFrame(url, frame));
    const agreed = initialized.result?.protocolVersion;
    if (typeof agreed !== "string") throw new Error(`Not initialized: ${initialized.text}`);
    const session = new Session2025(url, agreed, initialized);
    const { status } = await session.notify("notifications/initialized");
    if (status !== 202) throw new Error(`Status ${status} for notifications/initialized`);
    return session;
  }

  get id(): string {
    return this.initialized.headers.get("mcp-session-id") ?? "";
  }

  get headers(): Readonly<Record<string, string>> {
    return { "mcp-session-id": this.id, "mcp-protocol-version": this.#version };
  }

  /** Sends any body in this session. */
  post(body: string | object, { headers = {}, signal }: PostOptions = {}): Promise<Response> {
    return postFrame(this.url, body, {
      headers: { ...this.headers, ...headers },
      ...signal === undefined ? {} : { signal },
    });
  }

  async notify(method: string, params?: Json): Promise<Answer> {
    return await readAnswer(await this.post({ jsonrpc: "2.0", method, params }));
  }

  async request(method: string, params: Json = {}): Promise<Answer> {
    const id = ++this.#lastId;
    return await readAnswer(await this.post({ jsonrpc: "2.0", id, method, params }));
  }

  /** Calls a tool and waits for everything that comes of it. */
  async call(name: string, args: Json = {}, _meta?: Json): Promise<Answer> {
    return await this.request("tools/call", { name, arguments: args, ..._meta && { _meta } });
  }

  /** Opens the GET stream, or resumes the one that an event id names. */
  async listen(lastEventId?: string): Promise<EventReader> {
    return new EventReader(await this.get(lastEventId));
  }

  get(lastEventId?: string): Promise<Response> {
    const resuming = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
    return within(
      "headers come",
      fetch(this.url, { headers: { ...this.headers, ...resuming, accept: "text/event-stream" } }),
    );
  }

  /** Ends the session; gives the status. */
  async delete(): Promise<number> {
    const response = await fetch(this.url, { method: "DELETE", headers: this.headers });
    await response.body?.cancel();
    return response.status;
  }
}

/** POSTs a body the way clients of any revision do. */
export function postFrame(
  url: string,
  body: string | object,
  { headers = {}, signal }: PostOptions = {},
): Promise<Response> {
  return within(
    "headers come",
    fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...headers,
      },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...signal === undefined ? {} : { signal },
    }),
  );
}
