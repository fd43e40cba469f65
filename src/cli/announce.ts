import type { Gateway } from "../gateway/gateway.ts";

export interface AnnounceOptions {
  /** How long to wait for servers that take their time. */
  readonly patienceMs: number;
  /** Called once: when all servers have settled, or when patience ends. */
  readonly onReady: () => void;
  /** Called once, before `onReady` where that comes later. */
  readonly onSettled: () => void;
}

/** Tells how the first start of the servers went, until stopped. */
export function announce(
  gateway: Pick<Gateway, "settled">,
  options: AnnounceOptions,
): { stop(): void } {
  let isReady = false;
  let isStopped = false;
  const timer = setTimeout(ready, options.patienceMs);
  gateway.settled.then(() => {
    if (isStopped) return;
    options.onSettled();
    ready();
  });

  function ready(): void {
    clearTimeout(timer);
    if (!isReady) options.onReady();
    isReady = true;
  }

  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
