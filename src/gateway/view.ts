import type { Backend } from "../backends/backend.ts";
import type { ServerConfig } from "../config/schema.ts";
import type { Catalog } from "../routing/catalog.ts";
import type { ServerView } from "./gateway.ts";

const NOTHING = { tools: 0, prompts: 0, resources: 0, resourceTemplates: 0 };

/** What anyone may know of one configured server, as it is now. */
export function viewOf(
  server: ServerConfig,
  backend: Backend | undefined,
  catalog: Catalog,
): ServerView {
  const isKnown = backend !== undefined;
  return {
    id: server.id,
    name: server.name ?? server.id,
    transport: server.transport.type,
    state: backend?.state ?? "disabled",
    protocolVersion: backend?.protocolVersion,
    pid: backend?.pid,
    restarts: backend?.restarts ?? 0,
    counts: isKnown ? catalog.counts(server.id) : NOTHING,
    problem: backend?.problem,
    stderrTail: backend?.stderrTail ?? [],
    hidden: isKnown ? catalog.hidden(server.id) : [],
  };
}
