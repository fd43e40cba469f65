import { createApp } from "../edge/app.ts";
import type { EdgeOptions } from "../edge/options.ts";
import type { Log } from "../observe/log.ts";
import { deskOf } from "./desk.ts";
import type { Gateway } from "./gateway.ts";
import { countInFlight } from "./in_flight.ts";

/** How long connections are waited for once there is nothing more to say; a request may have come by half only. */
const LAST_ANSWERS_MS = 2_000;

/** How long to wait before listening again after it failed. */
const LISTEN_AGAIN_MS = 500;

/** The gateway's HTTP address, open. */
export interface HttpDoor {
  /** Where clients connect: `http://127.0.0.1:8080/mcp`. */
  readonly url: string;
  /** Settles when the server has ended, by itself or because it was closed. */
  readonly finished: Promise<void>;
  /** Refuses what is new, waits for calls in flight as long as `server.drain_seconds`, ends all streams and the gateway. */
  close(): Promise<void>;
}

/**
 * Opens the HTTP door.
 *
 * @throws {Error} where the address cannot be listened on
 */
export function openHttp(gateway: Gateway, options: EdgeOptions, log: Log): HttpDoor {
  const counter = countInFlight(gateway.handle);
  const desk = { ...deskOf(gateway, options, log), handle: counter.handle };
  const app = createApp(desk, () => readiness(gateway));
  const handler = (request: Request) => app.fetch(request);
  let server = listen(options, handler, log);
  const { hostname, port } = server.addr as Deno.NetAddr;
  let closing: Promise<void> | undefined;
  const finished = keepListening();

  /** A machine that ran out of descriptors, say, is no reason to end: listens again, at the same port, until closed. */
  async function keepListening(): Promise<void> {
    while (closing === undefined) {
      try {
        return await server.finished;
      } catch (error) {
        log.error("Cannot take connections, trying again", { why: String(error) });
      }
      await new Promise((resolve) => setTimeout(resolve, LISTEN_AGAIN_MS));
      try {
        if (closing === undefined) server = listen({ ...options, port }, handler, log);
      } catch (error) {
        log.error("Cannot listen, trying again", { why: String(error) });
      }
    }
  }

  async function close(): Promise<void> {
    app.drain();
    gateway.endSubscriptions();
    await counter.idle(options.drain_seconds * 1000);
    app.close();
    // A call that is still under way ends with its server, and only then can its answer and its connection end.
    await Promise.all([endConnections(), gateway.close()]);
  }

  async function endConnections(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, LAST_ANSWERS_MS);
    await Promise.race([server.shutdown(), late]);
    clearTimeout(timer);
  }

  return {
    url: `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}/mcp`,
    finished,
    close: () => closing ??= close(),
  };
}

function listen(
  { host, port }: EdgeOptions,
  handler: (request: Request) => Response | Promise<Response>,
  log: Log,
): Deno.HttpServer {
  try {
    return Deno.serve({
      hostname: host.replace(/^\[|\]$/g, ""),
      port,
      onListen() {},
      onError(error) {
        log.error("Bug", {
          error: error instanceof Error ? error.stack ?? error.message : String(error),
        });
        return new Response("Internal error\n", { status: 500 });
      },
    }, handler);
  } catch (cause) {
    const why = cause instanceof Deno.errors.AddrInUse
      ? "another program is using that port"
      : cause instanceof Error
      ? cause.message
      : String(cause);
    throw new Error(`Cannot listen on ${host}:${port}: ${why}`, { cause });
  }
}

function readiness(gateway: Gateway) {
  const views = gateway.views().filter(({ state }) => state !== "disabled");
  const up = views.filter(({ state }) => state === "up").length;
  // Servers that are down are reported; only a gateway with nothing to offer is not ready.
  return { isReady: up > 0 || views.length === 0, servers: { up, configured: views.length } };
}
