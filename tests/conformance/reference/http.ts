import {
  createMcpHandler,
  hostHeaderValidationResponse,
  isInitializeRequest,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  type McpServer,
  originValidationResponse,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { eventLog } from "./event_log.ts";
import type { Lifetime } from "./build.ts";
import type { World } from "./world.ts";

/** Which protocol revisions a reference server speaks. */
export type Era = "both" | "2025" | "2026";

/** What {@link referenceHttp} needs. */
export interface ReferenceHttpOptions {
  /** The revisions to speak. */
  readonly era: Era;
  /** The shared state. */
  readonly world: World;
  /** Makes a server instance. */
  readonly build: (lifetime: Lifetime) => McpServer;
  /** Told of errors that do not change an answer. */
  readonly onError: (error: unknown) => void;
}

/** The HTTP face of the reference server: 2025 with sessions, 2026 without, local callers only. */
export function referenceHttp(
  options: ReferenceHttpOptions,
): (request: Request) => Promise<Response> {
  const { era, world, build, onError } = options;
  const sessions = sessionHost(build, onError);
  const modern = createMcpHandler(() => build("request"), { legacy: "reject", onerror: onError });
  world.listen((change) => {
    if (change.kind === "tools") modern.notify.toolsChanged();
    else if (change.kind === "prompts") modern.notify.promptsChanged();
    else modern.notify.resourceUpdated(change.uri);
  });

  return async function serveReference(request) {
    const refused = hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
      originValidationResponse(request, localhostAllowedOrigins());
    if (refused !== undefined) return refused;
    if (new URL(request.url).pathname !== "/mcp") return new Response(null, { status: 404 });
    try {
      if (era === "2025") return await sessions(request);
      if (era === "2026") return await modern.fetch(request);
      return await isLegacyRequest(request) ? await sessions(request) : await modern.fetch(request);
    } catch (error) {
      // A client that hangs up makes the SDK reject; nobody is left to read this answer.
      onError(error);
      return refusal(500, -32603, "Internal error");
    }
  };
}

function sessionHost(
  build: ReferenceHttpOptions["build"],
  onError: ReferenceHttpOptions["onError"],
): (request: Request) => Promise<Response> {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

  return async function serveSession(request) {
    const id = request.headers.get("mcp-session-id");
    if (id !== null) {
      const transport = sessions.get(id);
      return transport === undefined
        ? refusal(404, -32001, "Session not found")
        : await transport.handleRequest(request);
    }
    const body = request.method === "POST" ? await readJson(request) : undefined;
    if (!isInitializeRequest(body)) return refusal(400, -32000, "Session ID required");

    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      eventStore: eventLog(),
      retryInterval: 500,
      onsessioninitialized: (sessionId) => void sessions.set(sessionId, transport),
      onsessionclosed: (sessionId) => void sessions.delete(sessionId),
    });
    transport.onerror = onError;
    const server = build("connection");
    await server.connect(transport);
    return await transport.handleRequest(request, { parsedBody: body });
  };
}

async function readJson(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch {
    return undefined;
  }
}

function refusal(status: number, code: number, message: string): Response {
  return Response.json({ jsonrpc: "2.0", error: { code, message }, id: null }, { status });
}
