export interface UntilOptions {
  /** Milliseconds after which it fails. Default 10 000. */
  readonly maxMs?: number;
  /** Milliseconds between two looks. Default 20. */
  readonly everyMs?: number;
}

/** Looks again and again until there is something to see; fails when that takes too long. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { maxMs = 10_000, everyMs = 20 }: UntilOptions = {},
): Promise<T> {
  const end = performance.now() + maxMs;
  while (true) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > end) throw new Error(`Gave up after ${maxMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
