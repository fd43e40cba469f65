import { type Context, Hono } from "hono";
import type { Desk } from "./desk.ts";
import { guard, preflight } from "./guard.ts";
import { McpEndpoint } from "./mcp_endpoint.ts";
import { notAllowed, refuse, SAFE_HEADERS, stopping } from "./refuse.ts";
import { SessionTable } from "./session_table.ts";
import { SseEndpoint } from "./sse_endpoint.ts";
import { KeepAlive } from "./sse_stream.ts";

/** What `/health/ready` says. */
export interface Readiness {
  readonly isReady: boolean;
  readonly servers: { readonly up: number; readonly configured: number };
}

/** The HTTP side of the gateway. */
export interface App {
  fetch(request: Request): Response | Promise<Response>;
  /** From now on new sessions and calls are refused; what runs goes on. */
  drain(): void;
  /** Ends all streams and sessions. */
  close(): void;
}

/** Routes HTTP requests to the endpoints; checks that belong to every route come before any route is chosen. */
export function createApp(desk: Desk, readiness: () => Readiness): App {
  const keepAlive = new KeepAlive(desk.options.keep_alive_seconds * 1000);
  const sessions = new SessionTable(desk, keepAlive);
  const mcp = new McpEndpoint(desk, sessions, keepAlive);
  const sse = new SseEndpoint(desk, keepAlive);
  const gate = guard(desk.options);
  let isDraining = false;

  const app = new Hono();
  type Serve = (request: Request, scope: string | undefined) => Response | Promise<Response>;
  const scoped = (allow: string, serve: Serve) => (c: Context) => {
    const scope = c.req.param("server");
    if (scope !== undefined && !desk.serverIds.has(scope)) return notFound();
    // Hono answers HEAD with what GET does, which here would open a stream that nobody closes.
    if (c.req.raw.method === "HEAD") return notAllowed(allow);
    return serve(c.req.raw, scope);
  };
  const unlessDraining = (serve: Serve): Serve => (request, scope) =>
    isDraining ? stopping() : serve(request, scope);
  for (const path of ["/mcp", "/mcp/:server"]) {
    const allow = "GET, POST, DELETE";
    app.post(path, scoped(allow, unlessDraining((request, scope) => mcp.post(request, scope))));
    app.get(path, scoped(allow, unlessDraining((request, scope) => mcp.get(request, scope))));
    app.delete(path, scoped(allow, (request, scope) => mcp.delete(request, scope)));
    app.all(path, () => notAllowed(allow));
  }
  for (const path of ["/sse", "/sse/:server"]) {
    app.get(path, scoped("GET", unlessDraining((_request, scope) => sse.connect(scope))));
    // Clients of later revisions POST first to find out what this is.
    app.all(path, () => notAllowed("GET"));
  }
  app.post(
    "/messages",
    (c) => isDraining ? stopping() : sse.post(c.req.raw, c.req.query("session_id")),
  );
  app.all("/messages", () => notAllowed("POST"));
  app.get("/health/live", () => health(200, { status: "live" }));
  app.get("/health/ready", () => {
    const { isReady, servers } = readiness();
    const ready = isReady && !isDraining;
    return health(ready ? 200 : 503, {
      status: ready ? "ready" : "not ready",
      servers,
      sessions: sessions.size,
    });
  });
  app.notFound(notFound);
  app.onError((error) => {
    desk.log.error("Bug", { error: error.stack ?? error.message });
    return refuse({ status: 500, reason: "internal", message: "Internal error" });
  });

  return {
    async fetch(request) {
      const refusal = gate.check(request);
      if (refusal !== undefined) return refusal;
      const cors = gate.corsHeaders(request);
      const response = cors !== undefined && request.method === "OPTIONS"
        ? preflight(request)
        : await app.fetch(request);
      for (const [name, value] of Object.entries(cors ?? {})) response.headers.set(name, value);
      return response;
    },
    drain() {
      isDraining = true;
    },
    close() {
      isDraining = true;
      mcp.close();
      sessions.close();
      sse.close();
      keepAlive.close();
    },
  };
}

function health(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body) + "\n", {
    status,
    headers: { ...SAFE_HEADERS, "content-type": "application/json" },
  });
}

function notFound(): Response {
  return refuse({
    status: 404,
    reason: "invalid_request",
    message: "There is nothing at this address",
  });
}
