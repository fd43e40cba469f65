import type { EdgeOptions } from "./options.ts";
import { refuse } from "./refuse.ts";

const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"];
const HOST = /^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const ALLOWED_METHODS = new Set(["GET", "POST", "DELETE", "OPTIONS", "HEAD"]);

/** What stands in front of every route: who may be asked for here, and from which web pages. */
export interface Guard {
  /** The refusal of a request; undefined for one that may go on. Must be asked before anything reads `request.url`. */
  check(request: Request): Response | undefined;
  /** Headers that let an allowed web page read the answer. */
  corsHeaders(request: Request): Readonly<Record<string, string>> | undefined;
}

/**
 * Checks Host and Origin against loopback names and the configured ones, which is what keeps web pages from reaching a
 * gateway on the visitor's machine by DNS rebinding (2026-07-28 basic/transports/streamable-http, Security).
 */
export function guard(
  options: Pick<EdgeOptions, "host" | "allowed_hosts" | "allowed_origins">,
): Guard {
  const hosts = new Set([
    ...LOOPBACK_NAMES,
    ...options.allowed_hosts.map((name) => name.toLowerCase()),
  ]);
  if (!isWildcard(options.host)) hosts.add(bracketed(options.host.toLowerCase()));
  const origins = new Set(
    options.allowed_origins.map((origin) => origin.toLowerCase().replace(/\/$/, "")),
  );

  function isAllowedOrigin(origin: string): boolean {
    const lower = origin.toLowerCase();
    if (origins.has(lower)) return true;
    const match = /^https?:\/\/(.+)$/.exec(lower);
    const host = match === null ? null : HOST.exec(match[1]!);
    return host !== null && LOOPBACK_NAMES.includes(host[1]!);
  }

  return {
    check(request) {
      const host = HOST.exec(request.headers.get("host") ?? "");
      if (host === null || !hosts.has(host[1]!.toLowerCase()) || !isFor(host[0], request)) {
        return refuse({
          status: 403,
          reason: "host_denied",
          message: "Host is not allowed (server.allowed_hosts)",
        });
      }
      const origin = request.headers.get("origin");
      if (origin !== null && !isAllowedOrigin(origin)) {
        return refuse({
          status: 403,
          reason: "origin_denied",
          message: "Origin is not allowed (server.allowed_origins)",
        });
      }
      if (!ALLOWED_METHODS.has(request.method)) {
        return refuse({
          status: 405,
          reason: "invalid_request",
          message: "HTTP method is not allowed",
          headers: { allow: "GET, POST, DELETE" },
        });
      }
      return undefined;
    },

    corsHeaders(request) {
      const origin = request.headers.get("origin");
      if (origin === null) return undefined;
      return {
        "access-control-allow-origin": origin,
        "access-control-expose-headers":
          "mcp-session-id, x-request-id, retry-after, www-authenticate",
        vary: "origin",
      };
    },
  };
}

/** The answer to a browser that asks whether it may send a request. */
export function preflight(request: Request): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": "GET, POST, DELETE",
      "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "",
      "access-control-max-age": "600",
    },
  });
}

/** A request line may name a host of its own, which then counts more than the header (RFC 9112 section 3.2.2). */
function isFor(host: string, { url }: Request): boolean {
  const authority = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
  return authority?.toLowerCase() === host.toLowerCase();
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "[::]";
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
