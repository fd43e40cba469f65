import {
  type McpServer,
  ResourceNotFoundError,
  ResourceTemplate,
} from "@modelcontextprotocol/server";
import { PNG } from "./samples.ts";
import type { World } from "./world.ts";

/** The resource that `test_trigger_resource_update` changes. */
export const WATCHED_URI = "test://watched-resource";

/** Registers the static resources, the watched one and a template. */
export function registerResources(server: McpServer, world: World): void {
  server.registerResource(
    "static-text",
    "test://static-text",
    { description: "A text that never changes", mimeType: "text/plain" },
    (uri) => ({
      contents: [{
        uri: uri.href,
        mimeType: "text/plain",
        text: "This is the content of the static text resource.",
      }],
    }),
  );
  server.registerResource(
    "static-binary",
    "test://static-binary",
    { description: "A picture that never changes", mimeType: "image/png" },
    (uri) => ({ contents: [{ uri: uri.href, mimeType: "image/png", blob: PNG }] }),
  );
  server.registerResource(
    "watched-resource",
    WATCHED_URI,
    { description: "A text that changes when a tool is told to", mimeType: "text/plain" },
    () => ({
      contents: [{
        uri: WATCHED_URI,
        mimeType: "text/plain",
        text: `Touched ${world.touches} times`,
      }],
    }),
  );
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", {
      list: undefined,
      complete: { id: (value) => ["123", "124", "200"].filter((id) => id.startsWith(value)) },
    }),
    { description: "Data for any identifier", mimeType: "application/json" },
    (uri, { id }) => {
      if (typeof id !== "string") throw new ResourceNotFoundError(uri.href);
      return {
        contents: [{
          uri: uri.href,
          mimeType: "application/json",
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
        }],
      };
    },
  );
}

/** Answers `resources/subscribe` and `resources/unsubscribe` of 2025; returns the live set of URIs. */
export function acceptSubscriptions(server: McpServer): ReadonlySet<string> {
  const uris = new Set<string>();
  server.server.setRequestHandler("resources/subscribe", ({ params }) => {
    uris.add(params.uri);
    return {};
  });
  server.server.setRequestHandler("resources/unsubscribe", ({ params }) => {
    uris.delete(params.uri);
    return {};
  });
  return uris;
}
