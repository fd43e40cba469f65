import { createRequestStateCodec, McpServer } from "@modelcontextprotocol/server";
import { registerPrompts } from "./prompts.ts";
import { type CallState, registerQuestions } from "./questions.ts";
import { acceptSubscriptions, registerResources } from "./resources.ts";
import { text } from "./samples.ts";
import { registerTools } from "./tools.ts";
import type { World } from "./world.ts";

const FRESH = { ttlMs: 0, cacheScope: "public" } as const;
const SHORT = { ttlMs: 1000, cacheScope: "public" } as const;

/** How long a server instance lives: for one HTTP request or for a whole connection. */
export type Lifetime = "request" | "connection";

/** Makes server instances that share one {@link World} and one key for request state. */
export function referenceFactory(world: World): (lifetime: Lifetime) => McpServer {
  const codec = createRequestStateCodec<CallState & { readonly nonce: string }>({
    key: crypto.getRandomValues(new Uint8Array(32)),
  });

  return function buildReferenceServer(lifetime) {
    const server = new McpServer(
      { name: "only1mcp-reference", version: "1.0.0" },
      {
        capabilities: {
          logging: {},
          completions: {},
          tools: { listChanged: true },
          prompts: { listChanged: true },
          resources: { listChanged: true, subscribe: true },
        },
        cacheHints: {
          "tools/list": FRESH,
          "prompts/list": FRESH,
          "resources/list": SHORT,
          "resources/templates/list": SHORT,
          "resources/read": FRESH,
          "server/discover": SHORT,
        },
        requestState: { verify: codec.verify },
      },
    );
    registerTools(server, world);
    // A nonce, so that two rounds with the same facts never seal to the same text.
    registerQuestions(server, (state) => codec.mint({ ...state, nonce: crypto.randomUUID() }));
    registerResources(server, world);
    registerPrompts(server);
    followWorld(server, world, lifetime);
    return server;
  };
}

function followWorld(server: McpServer, world: World, lifetime: Lifetime): void {
  const tool = server.registerTool(
    "test_extra_tool",
    { description: "Comes and goes" },
    () => ({ content: [text("Here for now")] }),
  );
  const prompt = server.registerPrompt(
    "test_extra_prompt",
    { description: "Comes and goes" },
    () => ({ messages: [{ role: "user", content: text("Here for now") }] }),
  );
  if (!world.extraTool) tool.disable();
  if (!world.extraPrompt) prompt.disable();
  const subscribed = acceptSubscriptions(server);
  if (lifetime === "request") return;

  // Switching an entry on or off makes the SDK send the list_changed notification.
  const leave = world.listen((change) => {
    switch (change.kind) {
      case "tools":
        return world.extraTool ? tool.enable() : tool.disable();
      case "prompts":
        return world.extraPrompt ? prompt.enable() : prompt.disable();
      case "resource":
        if (
          subscribed.has(change.uri) ||
          server.server.getNegotiatedProtocolVersion() === "2026-07-28"
        ) {
          server.server.sendResourceUpdated({ uri: change.uri }).catch(() => {});
        }
    }
  });
  server.server.onclose = leave;
}
