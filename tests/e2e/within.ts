/** The outcome of a promise, or a failure when it takes too long; leaves no timer behind. */
export async function within<T>(what: string, promise: Promise<T>, maxMs = 20_000): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Gave up after ${maxMs} ms: ${what}`)), maxMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
