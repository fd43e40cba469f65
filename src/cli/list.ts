import { command } from "./command.ts";
import { configFlag, logFlags, readConfig } from "./config_source.ts";
import { Exit } from "./exit.ts";
import { oneShot } from "./one_shot.ts";
import { palette } from "./palette.ts";
import { printableLine } from "./printable.ts";
import { hasFailed, serverLine, widthsFor } from "./server_line.ts";
import { quiet } from "./tool_source.ts";

/** Shows how each configured server is doing. */
export const list = command({
  name: "list",
  summary: "Start every configured server once and show what each offers",
  details: "Ends with exit code 3 when a server that should be up is not.",
  flags: {
    ...configFlag,
    json: { type: "boolean", doc: "Write one JSON document" },
    ...logFlags,
  },
  examples: [
    { line: "only1mcp list", does: "State, transport, revision and counts of every server" },
    {
      line: "only1mcp list --json | jq '.servers[] | select(.state != \"up\")'",
      does: "Only what is not up",
    },
  ],
}, async ({ flags }, world) => {
  const ready = quiet(await readConfig(world, flags), flags);
  return await oneShot(world, { ready }, ({ gateway }) => {
    const views = gateway.views();
    if (flags.json) {
      world.out.write(`${JSON.stringify({ config: ready.file, servers: views }, undefined, 2)}\n`);
    } else if (views.length === 0) {
      world.err.write('No servers are configured: list some under "servers:"\n');
    } else {
      const paint = palette(world.out);
      const widths = widthsFor(views);
      for (const view of views) {
        world.out.write(serverLine({ ...view, pid: undefined }, widths, paint));
        for (const { kind, name, why } of view.hidden) {
          const line = printableLine(`    hidden ${kind} "${name}": ${why}`);
          world.out.write(`${paint.dim(line)}\n`);
        }
      }
    }
    return Promise.resolve(views.some(hasFailed) ? Exit.backend : Exit.ok);
  });
});
