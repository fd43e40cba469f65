import { formatProblem } from "../config/problems.ts";
import type { Config } from "../config/schema.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { HttpDoor } from "../gateway/http.ts";
import { createLog } from "../observe/log.ts";
import { announce } from "./announce.ts";
import { closeGateway } from "./close_gateway.ts";
import { command } from "./command.ts";
import { configFlag, logFlags, readConfig, type ReadyConfig } from "./config_source.ts";
import { CommandError, Exit } from "./exit.ts";
import { nextSteps } from "./next_steps.ts";
import { palette } from "./palette.ts";
import { PRODUCT_VERSION } from "./product_version.ts";
import { createScreen, type Screen } from "./screen.ts";
import { hasFailed, plural, widthsFor } from "./server_line.ts";
import { createStartupBoard, type StartupBoard } from "./startup_board.ts";
import { exitForSignal, stopRequests } from "./stop_requests.ts";
import type { World } from "./world.ts";

const READY_AFTER_MS = 10_000;

/** Serves the configured servers over HTTP, in the foreground, until told to stop. */
export const start = command({
  name: "start",
  summary: "Serve all configured MCP servers at one HTTP address",
  details: [
    "Runs in the foreground until Ctrl+C or SIGTERM, then waits for calls in flight (server.drain_seconds) and ends",
    "all servers; a second signal ends everything at once. Standard output gets one line, when clients are let in:",
    '"Listening on URL". All else goes to standard error.',
  ].join(" "),
  flags: {
    ...configFlag,
    host: { type: "string", value: "ADDRESS", doc: "Address to listen on, instead of server.host" },
    port: {
      type: "number",
      min: 0,
      max: 65535,
      whole: true,
      value: "PORT",
      doc: "Port to listen on, instead of server.port; 0 takes a free one",
    },
    ...logFlags,
  },
  examples: [
    { line: "only1mcp start", does: "Serve what ./only1mcp.yaml describes" },
    {
      line: "only1mcp start --config ~/.cursor/mcp.json --port 9000",
      does: "Serve the servers of a client's file at another port",
    },
    {
      line: "only1mcp start --log-format json --log-level warn",
      does: "Only warnings and errors, one JSON object a line",
    },
  ],
}, async ({ flags }, world) => {
  const ready = await readConfig(world, flags);
  const { config } = ready;
  const screen = createScreen(world.err);
  const log = createLog({ ...config.observability.log, write: (lines) => screen.write(lines) });
  const showsBoard = config.observability.log.format === "text";
  const board = showsBoard ? boardFor(config, world, screen) : undefined;
  if (showsBoard) screen.write(heading(ready, world));
  for (const warning of ready.warnings) log.warn(formatProblem(warning));
  if (config.servers.length === 0) {
    log.warn('No servers are configured: list some under "servers:"');
  }

  // From here on there are children to end; until now a signal simply ends the program.
  using stop = stopRequests(world);
  const gateway = world.parts.assemble(config, {
    log,
    environment: world.environment,
    baseDir: ready.baseDir,
    ...board === undefined ? {} : {
      onStderr: (id, line) => board.onStderr(id, line),
      onState: (view) => board.onState(view),
    },
  });
  const door = await open(() => world.parts.openHttp(gateway, config.server, log), gateway);
  screen.status(undefined);
  world.out.write(`Listening on ${door.url}\n`);
  const news = announce(gateway, {
    // A server that takes its time, or never comes, is no reason to keep people waiting for the address.
    patienceMs: READY_AFTER_MS,
    onReady: () => {
      if (board !== undefined) screen.write(readyText(door.url, gateway, world));
    },
    onSettled: () => {
      board?.finish(gateway.views());
      const down = gateway.views().filter(hasFailed).length;
      if (board === undefined) log.info("Every server was tried", { url: door.url, down });
    },
  });

  const ended = door.finished.then(() => "by itself", (error) => `with an error: ${error}`);
  const reason = await Promise.race([stop.first.then(() => undefined), ended]);
  news.stop();
  screen.status(undefined);
  if (board !== undefined && reason === undefined) screen.write(stoppingText(config));
  const insisted = await closeGateway(world, gateway, {
    closing: async () => {
      await door.close();
      await gateway.close();
    },
    insistence: stop.second,
  });
  log.flush();
  if (insisted !== undefined) return exitForSignal(insisted);
  if (reason === undefined) return Exit.ok;
  throw new CommandError(Exit.failure, `HTTP server ended ${reason}`);
});

function boardFor({ servers }: Config, world: World, screen: Screen): StartupBoard {
  return createStartupBoard({
    screen,
    paint: palette(world.err),
    widths: widthsFor(servers.map(({ id, transport }) => ({ id, transport: transport.type }))),
    servers: servers.filter(({ enabled }) => enabled).map(({ id }) => id),
  });
}

/** Opens the door, or ends the servers that were already started and says why it could not. */
async function open(openDoor: () => HttpDoor, gateway: Gateway): Promise<HttpDoor> {
  try {
    return openDoor();
  } catch (error) {
    await gateway.close();
    throw new CommandError(
      Exit.failure,
      error instanceof Error ? error.message : String(error),
      "Another port: --port 9000; any free one: --port 0",
    );
  }
}

function heading({ file, config }: ReadyConfig, world: World): string {
  const paint = palette(world.err);
  const servers = plural(config.servers.filter(({ enabled }) => enabled).length, "server");
  return `${paint.bold(`Only1MCP ${PRODUCT_VERSION}`)}  ${file ?? ""}  ${servers}\n`;
}

function readyText(url: string, gateway: Gateway, world: World): string {
  const paint = palette(world.err);
  const missing = gateway.views().filter(hasFailed);
  const starting = missing.filter(({ state }) => state === "starting").length;
  const down = missing.length - starting;
  const notes = [
    ...starting === 0 ? [] : [`${plural(starting, "server")} still starting`],
    ...down === 0 ? [] : [`${plural(down, "server")} down, to be tried again`],
  ];
  const note = notes.length === 0 ? "" : `  (${notes.join("; ")})`;
  return `${paint.bold(`Ready: ${url}`)}${note}\n\n${nextSteps(url, paint)}\nCtrl+C stops it.\n`;
}

function stoppingText({ server }: Config): string {
  return `Stopping: waiting up to ${server.drain_seconds} s for calls in flight. ` +
    "Once more stops at once.\n";
}
