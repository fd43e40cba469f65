import { type Answer, type Json, readAnswer } from "./answer.ts";
import { EventReader } from "./event_reader.ts";
import { postFrame, type PostOptions } from "./session_2025.ts";

const VERSION = "2026-07-28";
const NAMED: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};

/** What stands in the `_meta` of a request of 2026. */
export const META_2026: Json = {
  "io.modelcontextprotocol/protocolVersion": VERSION,
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": { name: "e2e", version: "1.0.0" },
};

/** A client of 2026-07-28 over HTTP that sends exactly what a test wants. */
export class Client2026 {
  readonly url: string;
  #lastId = 0;

  constructor(url: string) {
    this.url = url;
  }

  /** Sends a request with the headers that mirror it; a header that is `""` is left out. */
  post(method: string, params: Json = {}, options: PostOptions = {}): Promise<Response> {
    const { _meta, ...rest } = params;
    const frame = {
      jsonrpc: "2.0",
      id: ++this.#lastId,
      method,
      params: { ...rest, _meta: { ...META_2026, ..._meta as Json | undefined } },
    };
    const name = rest[NAMED[method] ?? ""];
    const headers: Record<string, string> = {
      "mcp-protocol-version": VERSION,
      "mcp-method": method,
      ...typeof name === "string" ? { "mcp-name": name } : {},
      ...options.headers,
    };
    for (const [key, value] of Object.entries(headers)) if (value === "") delete headers[key];
    return postFrame(this.url, frame, { ...options, headers });
  }

  async request(method: string, params: Json = {}, options: PostOptions = {}): Promise<Answer> {
    return await readAnswer(await this.post(method, params, options));
  }

  /** Calls a tool and waits for everything that comes of it. */
  async call(name: string, args: Json = {}, _meta: Json = {}): Promise<Answer> {
    return await this.request("tools/call", { name, arguments: args, _meta });
  }

  /** Opens a subscription. */
  async listen(notifications: Json): Promise<EventReader> {
    return new EventReader(await this.post("subscriptions/listen", { notifications }));
  }
}
