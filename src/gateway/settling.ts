/** Keeps track of the first start of every server: tried, and if it came up, its lists read. */
export interface Settling {
  readonly done: Promise<void>;
  attempted(server: string, isUp: boolean): void;
  listed(server: string): void;
}

export function trackSettling(servers: readonly string[]): Settling {
  const open = new Set(servers);
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const close = (server: string) => {
    open.delete(server);
    if (open.size === 0) resolve();
  };
  if (open.size === 0) resolve();
  return {
    done,
    attempted(server, isUp) {
      if (!isUp) close(server);
    },
    listed: close,
  };
}
