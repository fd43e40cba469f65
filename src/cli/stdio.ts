import { formatProblem } from "../config/problems.ts";
import { createLog } from "../observe/log.ts";
import { closeGateway } from "./close_gateway.ts";
import { command } from "./command.ts";
import { configFlag, logFlags, readConfig } from "./config_source.ts";
import { Exit } from "./exit.ts";
import { exitForSignal, stopRequests } from "./stop_requests.ts";

/** Serves one client over standard input and output. */
export const stdio = command({
  name: "stdio",
  summary: "Serve all configured MCP servers as one stdio MCP server",
  details: [
    "For clients that start their servers as programs. Standard output carries the protocol and nothing else; the log",
    "goes to standard error. Ends, with all servers, when the client closes standard input.",
  ].join(" "),
  flags: { ...configFlag, ...logFlags },
  examples: [
    {
      line: "only1mcp stdio --config /home/me/only1mcp.yaml",
      does:
        "The command to enter in a client; an absolute path, as clients start programs anywhere",
    },
    {
      line: "claude mcp add only1mcp -- only1mcp stdio --config ~/only1mcp.yaml",
      does: "Add it to Claude Code",
    },
  ],
}, async ({ flags }, world) => {
  const { config, baseDir, warnings } = await readConfig(world, flags);
  const log = createLog({
    ...config.observability.log,
    write: (lines) => world.err.write(lines),
  });
  for (const warning of warnings) log.warn(formatProblem(warning));
  const { environment } = world;
  // From here on there are children to end; until now a signal simply ends the program.
  using stop = stopRequests(world);
  const gateway = world.parts.assemble(config, { log, environment, baseDir });
  const io = {
    input: world.input,
    options: config.server,
    write: async (text: string) => {
      world.out.write(text);
      await world.out.written();
    },
  };
  const served = world.parts.serveStdio(gateway, io, log);
  let insisted;
  try {
    await Promise.race([served, stop.first, hasGone(world.out.gone)]);
  } finally {
    // Answers to calls that this cuts short have nobody to blame but the caller, who left or said stop.
    served.catch(() => {});
    insisted = await closeGateway(world, gateway, {
      closing: () => gateway.close(),
      insistence: stop.second,
    });
    log.flush();
  }
  return insisted === undefined ? Exit.ok : exitForSignal(insisted);
});

function hasGone(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
