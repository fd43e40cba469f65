import { within } from "./processes.ts";

/** What one stretch of calls came to. */
export interface Round {
  readonly calls: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Makes calls, a fixed number of them at any time. */
export interface Load extends AsyncDisposable {
  /** The process that answers. */
  readonly pid: number;
  /** Calls for so many milliseconds, then waits for what is under way. Every answer is looked at. */
  round(ms: number): Promise<Round>;
}

/** How long calls may go on after their round should be over. */
const OVERTIME_MS = 20_000;

/** Measures what `run` does until that moment; it tells of each answer with the moment of its call. */
export async function measure(
  ms: number,
  run: (until: number, answered: (sinceMs: number) => void) => Promise<unknown>,
): Promise<Round> {
  const latencies: number[] = [];
  const began = performance.now();
  await within(
    run(began + ms, (since) => latencies.push(performance.now() - since)),
    ms + OVERTIME_MS,
    "the calls of one round",
  );
  const seconds = (performance.now() - began) / 1000;
  const sorted = Float64Array.from(latencies).sort();
  const quantile = (part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
  return {
    calls: sorted.length,
    perSecond: sorted.length / seconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle] ?? 0
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
