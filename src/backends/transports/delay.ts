/** Waits; resolves at once when the signal is, or becomes, aborted. */
export type Delay = (ms: number, signal: AbortSignal) => Promise<void>;

/** The {@link Delay} of the real clock. */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    function settle(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", settle);
      resolve();
    }
    const timer = setTimeout(settle, ms);
    signal.addEventListener("abort", settle);
  });
}

const LONGEST_BACKOFF_MS = 60_000;
/** A server that says `retry: 0` and hangs up would otherwise keep us busy. */
const MIN_WAIT_MS = 50;
/** Timers beyond this fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The wait before try number `tries` (from 0): doubles each time, up to a minute or the base where that is longer. */
export function backoffMs(baseMs: number, tries: number): number {
  const base = Math.max(MIN_WAIT_MS, Math.min(baseMs, MAX_TIMER_MS));
  return Math.max(base, Math.min(base * 2 ** tries, LONGEST_BACKOFF_MS));
}
