import type { Call, Handler } from "../pipeline/call.ts";

/** A handler that knows how many of its calls are under way. Subscriptions, which have no end of their own, do not count. */
export function countInFlight(handle: Handler<Call>): {
  readonly handle: Handler<Call>;
  /** Resolves when no call is under way, or after this long. */
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
        if (--count === 0) onIdle?.();
      }
    },
    async idle(maxMs) {
      if (count === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      onIdle = resolve;
      const timer = setTimeout(resolve, maxMs);
      await promise;
      clearTimeout(timer);
    },
  };
}
