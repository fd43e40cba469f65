import type { Palette } from "./palette.ts";

/** What to type or paste so that a client uses the gateway at this URL. */
export function nextSteps(url: string, paint: Palette): string {
  const reachable = clientUrl(url);
  const cursor = JSON.stringify({ mcpServers: { only1mcp: { url: reachable } } });
  const code = JSON.stringify({ servers: { only1mcp: { type: "http", url: reachable } } });
  const add = JSON.stringify({ name: "only1mcp", type: "http", url: reachable });
  return [
    `${paint.bold("Claude Code")}  claude mcp add --transport http only1mcp ${reachable}`,
    `${paint.bold("Cursor")}       in ~/.cursor/mcp.json:  ${cursor}`,
    `${paint.bold("VS Code")}      code --add-mcp '${add}'`,
    `             or in .vscode/mcp.json:  ${code}`,
    "",
  ].join("\n");
}

/** A gateway that listens on every address is reached under the loopback one. */
function clientUrl(url: string): string {
  return url.replace(/\/\/(?:0\.0\.0\.0|\[::\])(?=[:/])/, "//127.0.0.1");
}
