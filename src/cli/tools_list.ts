import { allTools } from "./ask.ts";
import { command } from "./command.ts";
import { Exit } from "./exit.ts";
import { oneShot } from "./one_shot.ts";
import type { Output } from "./output.ts";
import { palette } from "./palette.ts";
import { printableLine } from "./printable.ts";
import { reportFailures } from "./server_line.ts";
import { readSource, sourceFlags } from "./tool_source.ts";

/** Shows the tools that clients see. */
export const toolsList = command({
  name: "tools list",
  summary: "Show the tools that clients see",
  details:
    "Ends with exit code 3 when a server that should be up is not: its tools are missing then.",
  flags: {
    ...sourceFlags,
    json: { type: "boolean", doc: "Write one JSON document, schemas included" },
  },
  examples: [
    { line: "only1mcp tools list", does: "Tools of all configured servers" },
    {
      line: "only1mcp tools list --url http://127.0.0.1:8080/mcp --json",
      does: "Tools of a running gateway, in full",
    },
  ],
}, async ({ flags }, world) => {
  const ready = await readSource(world, flags);
  return await oneShot(world, { ready }, async (shot) => {
    const failed = reportFailures(shot.gateway.views(), world.err);
    // One server that is not there has no list; of several, the others have.
    if (failed !== undefined && flags.url !== undefined) return failed;
    const tools = await allTools(shot);
    if (flags.json) {
      world.out.write(`${JSON.stringify({ tools }, undefined, 2)}\n`);
    } else {
      world.out.write(table(tools, world.out));
    }
    return failed ?? Exit.ok;
  });
});

function table(tools: readonly { readonly [key: string]: unknown }[], output: Output): string {
  const paint = palette(output);
  const width = Math.max(0, ...tools.map(({ name }) => String(name).length));
  return tools.map(({ name, description }) => {
    const [summary = ""] = typeof description === "string" ? description.trim().split("\n") : [];
    // A pipe gets whole lines: whoever reads it can cut them.
    const room = output.isTerminal ? Math.max(20, output.columns() - width - 2) : Infinity;
    return `${paint.bold(String(name).padEnd(width))}  ${printableLine(summary, room)}`.trimEnd();
  }).map((line) => `${line}\n`).join("");
}
