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

/** The wait before try number `tries` (from 0): doubles each time, up to a minute or the base where that is longer. */
export function backoffMs(baseMs: number, tries: number): number {
  return Math.max(baseMs, Math.min(baseMs * 2 ** tries, 60_000));
}
