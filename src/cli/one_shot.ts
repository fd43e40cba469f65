import type { Gateway } from "../gateway/gateway.ts";
import { createLog } from "../observe/log.ts";
import { activity } from "./activity.ts";
import { closeGateway } from "./close_gateway.ts";
import type { ReadyConfig } from "./config_source.ts";
import { CommandError, Exit, type ExitCode } from "./exit.ts";
import { createScreen, type Screen } from "./screen.ts";
import { exitForSignal, stopRequests } from "./stop_requests.ts";
import type { World } from "./world.ts";

/** What a command that starts servers for one question may use. */
export interface OneShot {
  readonly gateway: Gateway;
  readonly screen: Screen;
  /** Fires when the person or the time limit ends the work. */
  readonly signal: AbortSignal;
}

export interface OneShotOptions {
  readonly ready: ReadyConfig;
  /** For everything: starting, asking, answering. Default: no limit. */
  readonly timeoutSeconds?: number | undefined;
}

/**
 * Starts the servers, waits until each is up or has failed, does the work and ends them again, whatever happens.
 *
 * @throws {CommandError} with exit code 3 when time is up
 */
export async function oneShot(
  world: World,
  { ready, timeoutSeconds }: OneShotOptions,
  work: (shot: OneShot) => Promise<ExitCode>,
): Promise<ExitCode> {
  using stop = stopRequests(world);
  const screen = createScreen(world.err);
  const { config, baseDir } = ready;
  const log = createLog({ ...config.observability.log, write: (lines) => screen.write(lines) });
  let isStarting = true;
  const gateway = world.parts.assemble(config, {
    log,
    environment: world.environment,
    baseDir,
    onStderr: (server, line) => {
      // What a server says on a terminal passes by; in a file it would stay, and only downloads explain a wait.
      const isWorthALine = world.err.isTerminal || /download/i.test(line);
      if (isStarting && isWorthALine) screen.status(activity(server, line));
    },
    onState: ({ id, state }) => {
      if (isStarting && world.err.isTerminal && state === "starting") {
        screen.status(`Starting ${id}`);
      }
    },
  });

  const cancellation = new AbortController();
  const timer = timeoutSeconds === undefined ? undefined : alarm(timeoutSeconds * 1000);
  const working = gateway.settled.then(() => {
    isStarting = false;
    screen.status(undefined);
    return work({ gateway, screen, signal: cancellation.signal });
  });
  try {
    const exit = await Promise.race([
      working,
      stop.first.then(exitForSignal),
      ...timer === undefined ? [] : [timer.rung],
    ]);
    if (exit !== "time is up") return exit;
    throw new CommandError(
      Exit.backend,
      `No answer within ${timeoutSeconds} s${isStarting ? ", servers were still starting" : ""}`,
      "More time: --timeout SECONDS",
    );
  } finally {
    isStarting = false;
    timer?.stop();
    cancellation.abort();
    screen.status(undefined);
    // The work has lost a race or is over; what it still has to say concerns nobody.
    working.catch(() => {});
    await closeGateway(world, gateway, {
      closing: () => gateway.close(),
      insistence: stop.second,
    });
    log.flush();
  }
}

function alarm(ms: number): { readonly rung: Promise<"time is up">; stop(): void } {
  const { promise, resolve } = Promise.withResolvers<"time is up">();
  const timer = setTimeout(() => resolve("time is up"), ms);
  return { rung: promise, stop: () => clearTimeout(timer) };
}
