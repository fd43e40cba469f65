import type { Path } from "./tree.ts";

// Sections of the security policy and of later versions. One that loads and then does nothing is worse than one that is
// refused: its author believes in a protection that is not there.
const UNSUPPORTED: Readonly<Record<string, "protect nothing" | "have no effect">> = {
  "auth": "protect nothing",
  "context_optimization": "have no effect",
  "observability.audit_logging": "protect nothing",
  "proxy": "protect nothing",
  "sandbox": "protect nothing",
  "server.max_connections": "protect nothing",
  "server.max_header_size_bytes": "protect nothing",
  "server.tls": "protect nothing",
  "servers[].health_check": "have no effect",
  "servers[].permissions": "protect nothing",
  "servers[].weight": "have no effect",
  "state": "have no effect",
};

/** The message for a key that this version knows of but cannot honour, or undefined for any other. */
export function unsupported(path: Path): string | undefined {
  let pattern = "";
  for (const step of path) {
    if (typeof step === "number") pattern += "[]";
    else pattern += pattern === "" ? step : `.${step}`;
    if (Object.hasOwn(UNSUPPORTED, pattern)) {
      return `"${step}" is not supported by this version: remove it, it would ${
        UNSUPPORTED[pattern]
      }`;
    }
  }
  return undefined;
}
