import { GATEWAY_PERMISSIONS } from "../../scripts/permissions.ts";
import { httpExchange } from "./http_load.ts";
import { type Era, request, requestHeaders } from "./messages.ts";
import { type Processes, type Running, within } from "./processes.ts";

/** What all measurements share. */
export interface Bench {
  readonly processes: Processes;
  /** The checkout whose gateway is measured. */
  readonly root: string;
  /** A folder of this run, for configuration files. */
  readonly dir: string;
  readonly isQuick: boolean;
  readonly logLevel: string;
  /** Says what is being done. */
  readonly progress: (what: string) => void;
}

/** One entry of `servers:` in the configuration. */
export interface ServerEntry {
  readonly id: string;
  readonly protocol?: Era;
  readonly transport: Readonly<Record<string, unknown>>;
}

export interface StartedGateway {
  readonly url: string;
  readonly pid: number;
  /** Milliseconds from its start to its first list with the tools of every server. */
  readonly firstListMs: number;
  stop(): Promise<void>;
}

const LIST_DEADLINE_MS = 120_000;
const ASK_AGAIN_MS = 20;

/** Starts a gateway in front of these servers and waits until it lists the tools of all of them. */
export async function startGateway(
  { processes, root, dir, logLevel }: Bench,
  servers: readonly ServerEntry[],
): Promise<StartedGateway> {
  const config = `${dir}/${crypto.randomUUID()}.yaml`;
  // JSON is YAML.
  await Deno.writeTextFile(config, JSON.stringify({ servers }));
  const began = performance.now();
  const running = processes.start(
    Deno.execPath(),
    // The checkout's lock file is not this program's to change.
    ["run", "--no-lock", ...GATEWAY_PERMISSIONS, "main.ts", "start", "--config", config]
      .concat("--port", "0", "--log-level", logLevel),
    { cwd: root },
  );
  const [, url = ""] = await running.line(/^Listening on (\S+)$/m);
  await within(
    allListed(url, servers.map(({ id }) => id)),
    LIST_DEADLINE_MS,
    "a list with the tools of all servers",
  );
  const firstListMs = performance.now() - began;
  return { url, pid: running.pid, firstListMs, stop: running.stop };
}

/** An entry for a small stdio server that runs under Deno. */
export function stdioEntry(id: string, protocol: Era): ServerEntry {
  return {
    id,
    protocol,
    transport: { type: "stdio", command: Deno.execPath(), args: BENCH_SERVER_ARGS },
  };
}

const SERVER = new URL("../fixtures/bench_server.ts", import.meta.url).pathname;
const RUN = ["run", "--no-prompt", "--no-config", "--no-lock"];
/** How the server is run that answers the measured calls, over stdio. */
export const BENCH_SERVER_ARGS: readonly string[] = [...RUN, SERVER];

/** Starts the same server over HTTP. */
export async function startHttpServer(
  processes: Processes,
): Promise<Running & { readonly url: string }> {
  const running = processes.start(
    Deno.execPath(),
    [...RUN, "--allow-net=127.0.0.1", SERVER, "--http", "--port", "0"],
  );
  const [url] = await running.line(/http:\S+/);
  return { ...running, url };
}

async function allListed(url: string, ids: readonly string[]): Promise<void> {
  const headers = requestHeaders("2026", "tools/list");
  for (;;) {
    const { status, body } = await httpExchange(url, headers, request("2026", "tools/list", {}));
    // Without servers nobody offers tools, and the method is not there.
    if (status === 404 && ids.length === 0) return;
    if (status !== 200) throw new Error(`tools/list: HTTP ${status} ${body.slice(0, 500)}`);
    if (ids.every((id) => body.includes(`"name":"${id}__`))) return;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}
