import type { Call, Handler } from "../pipeline/call.ts";

/** A handler that knows how many of its calls are under way. Subscriptions, which have no end of their own, do not count. */
export function countInFlight(handle: Handler<Call>): {
  readonly handle: Handler<Call>;
  /** Resolves when no call is under way and the last answer was passed on, or after this long. */
  idle(maxMs: number): Promise<void>;
} {
  let count = 0;
  let onIdle: (() => void) | undefined;
  return {
    async handle(call) {
      if (call.method === "subscriptions/listen") return await handle(call);
      count++;
      try {
        return await handle(call);
      } finally {
        // What hands an answer on does so in the same turn of the event loop.
        if (--count === 0 && onIdle !== undefined) setTimeout(onIdle, 0);
      }
    },
    async idle(maxMs) {
      if (count === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      onIdle = resolve;
      const timer = setTimeout(resolve, maxMs);
      await promise;
      clearTimeout(timer);
      onIdle = undefined;
    },
  };
}
