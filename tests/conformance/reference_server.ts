/**
 * The MCP server that the conformance suite runs against, directly and through the gateway.
 *
 *     deno run --allow-net=127.0.0.1 tests/conformance/reference_server.ts \
 *       --transport http|stdio --era both|2025|2026 --port 0
 *
 * Over HTTP it prints `listening on http://127.0.0.1:<port>/mcp` once it is ready.
 */
import { parseArgs } from "@std/cli/parse-args";
import type { McpServer } from "@modelcontextprotocol/server";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { type Lifetime, referenceFactory } from "./reference/build.ts";
import { type Era, referenceHttp } from "./reference/http.ts";
import { World } from "./reference/world.ts";

if (import.meta.main) await main();

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, {
    string: ["transport", "era", "port"],
    default: { transport: "http", era: "both", port: "0" },
  });
  const era = parseEra(flags["era"]);
  const world = new World();
  const build = referenceFactory(world);
  // An aborted request may leave a rejected write behind in the SDK; it must not end the process.
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    complain(event.reason);
  });
  if (flags["transport"] === "stdio") return await overStdio(era, build);
  if (flags["transport"] !== "http") throw new Error("--transport must be http or stdio");

  Deno.serve({
    hostname: "127.0.0.1",
    port: Number(flags["port"]),
    onListen: ({ port }) => print(Deno.stdout, `listening on http://127.0.0.1:${port}/mcp`),
  }, referenceHttp({ era, world, build, onError: complain }));
}

async function overStdio(era: Era, build: (lifetime: Lifetime) => McpServer): Promise<void> {
  if (era === "2025") return await build("connection").connect(new StdioServerTransport());
  serveStdio(() => build("connection"), {
    legacy: era === "2026" ? "reject" : "serve",
    onerror: complain,
  });
}

function parseEra(value: unknown): Era {
  if (value === "both" || value === "2025" || value === "2026") return value;
  throw new Error("--era must be both, 2025 or 2026");
}

function complain(error: unknown): void {
  print(Deno.stderr, error instanceof Error ? error.message : String(error));
}

function print(stream: typeof Deno.stdout | typeof Deno.stderr, line: string): void {
  stream.writeSync(new TextEncoder().encode(`${line}\n`));
}
