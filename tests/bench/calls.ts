import {
  type Bench,
  BENCH_SERVER_ARGS,
  type ServerEntry,
  startGateway,
  startHttpServer,
  stdioEntry,
} from "./gateway.ts";
import { httpLoad } from "./http_load.ts";
import { type Load, median, type Round } from "./load.ts";
import type { Era } from "./messages.ts";
import { cpuSeconds } from "./proc.ts";
import { stdioLoad } from "./stdio_load.ts";

export type BackendKind = "stdio" | "http";

/** Medians over all rounds. */
export interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** One kind of call, made directly and through the gateway. */
export interface CallsResult {
  readonly backend: BackendKind;
  readonly backendEra: Era;
  readonly clientEra: Era;
  readonly inFlight: number;
  readonly direct: Figures;
  readonly gateway: Figures;
  /** Calls through the gateway for each direct one. */
  readonly ratio: number;
  /** Processor time of the gateway alone, µs a call: the median, and every round. */
  readonly cpuUs: number;
  readonly cpuUsRounds: readonly number[];
  /** What `cpuUs` is to be below; undefined where nobody has said. */
  readonly aimUs: number | undefined;
  /** Processor time of the backend, µs a direct call: shows what a call costs on this machine, and at this moment. */
  readonly directCpuUs: number;
  /** Processor time of this program, µs a call through the gateway. */
  readonly loadCpuUs: number;
}

const ERAS: readonly Era[] = ["2025", "2026"];
const IN_FLIGHT = [1, 64];
const AIMS_US = { stdio: 60, http: 130 } as const;

/** Measures the calls to backends of these kinds. */
export async function measureCalls(
  bench: Bench,
  kinds: readonly BackendKind[],
): Promise<readonly CallsResult[]> {
  const { processes } = bench;
  await using http = kinds.includes("http")
    ? disposable(await startHttpServer(processes))
    : undefined;
  const servers = kinds.flatMap((kind) =>
    ERAS.map((era): ServerEntry =>
      kind === "stdio" ? stdioEntry(`stdio-${era}`, era) : {
        id: `http-${era}`,
        protocol: era,
        transport: { type: "streamable_http", url: http?.url },
      }
    )
  );
  await using gateway = disposable(await startGateway(bench, servers));
  const results: CallsResult[] = [];
  for (const backend of kinds) {
    for (const [backendEra, clientEra, inFlight] of cases(bench)) {
      bench.progress(`${backend} ${backendEra}, client ${clientEra}, ${inFlight} in flight`);
      await using direct = http === undefined || backend === "stdio"
        ? await stdioLoad(processes, {
          command: Deno.execPath(),
          args: BENCH_SERVER_ARGS,
          era: backendEra,
          inFlight,
        })
        : await httpLoad({ ...http, era: backendEra, tool: "echo", inFlight });
      const tool = `${backend}-${backendEra}__echo`;
      await using through = await httpLoad({ ...gateway, era: clientEra, tool, inFlight });
      const measured = await compare(bench, direct, through);
      const aimUs = inFlight === 64 ? AIMS_US[backend] : undefined;
      results.push({ backend, backendEra, clientEra, inFlight, aimUs, ...measured });
    }
  }
  return results;
}

function cases({ isQuick }: Bench): readonly (readonly [Era, Era, number])[] {
  const eras = ERAS.flatMap((backend) =>
    ERAS.filter((client) => client === backend || !isQuick).map((client) =>
      [backend, client] as const
    )
  );
  return eras.flatMap(([backend, client]) =>
    IN_FLIGHT.map((inFlight) => [backend, client, inFlight] as const)
  );
}

/** Direct and through the gateway by turns, so that what else the machine does meets both alike. */
async function compare(
  { isQuick }: Bench,
  direct: Load,
  gateway: Load,
): Promise<Omit<CallsResult, "backend" | "backendEra" | "clientEra" | "inFlight" | "aimUs">> {
  const [rounds, roundMs, warmUpMs] = isQuick ? [3, 500, 300] : [5, 1000, 1000];
  await direct.round(warmUpMs);
  await gateway.round(warmUpMs);
  const a: CostedRound[] = [];
  const b: CostedRound[] = [];
  for (let n = 0; n < rounds; n++) {
    a.push(await costedRound(direct, roundMs));
    b.push(await costedRound(gateway, roundMs));
  }
  return {
    direct: figures(a),
    gateway: figures(b),
    ratio: figures(b).perSecond / figures(a).perSecond,
    cpuUs: median(b.map(({ serverCpuUs }) => serverCpuUs)),
    cpuUsRounds: b.map(({ serverCpuUs }) => serverCpuUs),
    directCpuUs: median(a.map(({ serverCpuUs }) => serverCpuUs)),
    loadCpuUs: median(b.map(({ ownCpuUs }) => ownCpuUs)),
  };
}

interface CostedRound extends Round {
  readonly serverCpuUs: number;
  readonly ownCpuUs: number;
}

async function costedRound(load: Load, ms: number): Promise<CostedRound> {
  const pids = [load.pid, Deno.pid];
  const before = await Promise.all(pids.map(cpuSeconds));
  const round = await load.round(ms);
  const after = await Promise.all(pids.map(cpuSeconds));
  const [serverCpuUs = 0, ownCpuUs = 0] = after.map((seconds, n) =>
    (seconds - (before[n] ?? 0)) / round.calls * 1e6
  );
  return { ...round, serverCpuUs, ownCpuUs };
}

function figures(rounds: readonly Round[]): Figures {
  return {
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    p50Ms: median(rounds.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
  };
}

function disposable<T extends { stop(): Promise<void> }>(running: T): T & AsyncDisposable {
  return Object.assign(running, { [Symbol.asyncDispose]: () => running.stop() });
}
