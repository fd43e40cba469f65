import type { JsonObject } from "../../src/mcp/frames.ts";
import { MetaKey } from "../../src/mcp/meta.ts";
import { type App, createApp } from "../../src/edge/app.ts";
import type { FakeDesk } from "./fake_desk.ts";

export const BOTH = "application/json, text/event-stream";
export const V2026 = "2026-07-28";

export type Headers_ = Readonly<Record<string, string | undefined>>;

export interface AskOptions {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Headers_;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** A request as a client on this machine makes it. Headers that are undefined are left out. */
export function request(path: string, options: AskOptions = {}): Request {
  const { method = "GET", headers = {}, body, signal } = options;
  const given = Object.entries({ host: "localhost", ...headers }).filter((entry) =>
    entry[1] !== undefined
  ) as [string, string][];
  return new Request(`http://localhost${path}`, {
    method,
    headers: given,
    ...body === undefined ? {} : { body },
    ...signal === undefined ? {} : { signal },
  });
}

/** A POST of this value, or of this very text. */
export function posting(value: unknown, headers: Headers_ = {}, more: AskOptions = {}): Request {
  return request(more.path ?? "/mcp", {
    method: "POST",
    body: typeof value === "string" ? value : JSON.stringify(value),
    ...more,
    headers: { "content-type": "application/json", accept: BOTH, ...headers },
  });
}

/** The HTTP side over a desk; closed at the end of its block. */
export function opened(desk: FakeDesk, isReady = true): App & Disposable {
  const app = createApp(desk, () => ({ isReady, servers: { up: 1, configured: 2 } }));
  return { ...app, [Symbol.dispose]: () => app.close() };
}

/** A request of 2026-07-28. */
export function frame2026(method: string, params: JsonObject = {}, id: unknown = 1): JsonObject {
  return {
    jsonrpc: "2.0",
    id,
    method,
    params: {
      ...params,
      _meta: {
        [MetaKey.protocolVersion]: V2026,
        [MetaKey.clientCapabilities]: {},
        ...params._meta as JsonObject | undefined,
      },
    },
  };
}

/** The same frame with more in its `_meta`. */
export function withMeta(frame: JsonObject, meta: JsonObject): JsonObject {
  const params = frame.params as JsonObject;
  return { ...frame, params: { ...params, _meta: { ...params._meta as JsonObject, ...meta } } };
}

/** The headers that mirror a frame of 2026-07-28. */
export function headers2026(frame: JsonObject): Headers_ {
  const { name, uri } = frame.params as JsonObject;
  return {
    "mcp-protocol-version": V2026,
    "mcp-method": String(frame.method),
    "mcp-name": typeof name === "string" ? name : typeof uri === "string" ? uri : undefined,
  };
}

/** A POST of a request of 2026-07-28 that is all as it should be. */
export function posting2026(
  frame: JsonObject,
  headers: Headers_ = {},
  more: AskOptions = {},
): Request {
  return posting(frame, { ...headers2026(frame), ...headers }, more);
}

export const INITIALIZE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "tester", version: "1" },
  },
};

/** The session id of a new session. */
export async function initialized(
  app: App,
  version = "2025-11-25",
  path = "/mcp",
): Promise<string> {
  const params = { ...INITIALIZE.params, protocolVersion: version };
  const response = await app.fetch(
    request(path, {
      method: "POST",
      headers: { "content-type": "application/json", accept: BOTH },
      body: JSON.stringify({ ...INITIALIZE, params }),
    }),
  );
  await response.body?.cancel();
  return response.headers.get("mcp-session-id")!;
}

/** A request of 2025. */
export const list = (id: unknown = 1): JsonObject => ({ jsonrpc: "2.0", id, method: "tools/list" });

/** A notification of 2025. */
export const tell = (method: string, params: JsonObject = {}): JsonObject => ({
  jsonrpc: "2.0",
  method,
  params,
});

/** The HTTP side with one session of 2025, and the headers that name it. */
export async function session2025(
  desk: FakeDesk,
  version = "2025-11-25",
): Promise<{ desk: FakeDesk; app: App; headers: Headers_ } & Disposable> {
  const app = opened(desk);
  const id = await initialized(app, version);
  const headers = { "mcp-session-id": id, "mcp-protocol-version": version };
  return { desk, app, headers, [Symbol.dispose]: () => app.close() };
}

/** An answer as a table can hold it. */
export async function seen(response: Response | Promise<Response>): Promise<Seen> {
  const { status, headers, body } = await response;
  const text = body === null ? "" : await new Response(body).text();
  const isJson = headers.get("content-type") === "application/json";
  return { status, headers, text, json: isJson ? JSON.parse(text) : undefined };
}

export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // deno-lint-ignore no-explicit-any -- what came is what the test is to find out
  readonly json: any;
}
