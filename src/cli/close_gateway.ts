import type { Gateway } from "../gateway/gateway.ts";
import type { StopSignal, World } from "./world.ts";

/**
 * Ends what runs, politely as long as nobody insists. When `insistence` comes first every child is killed, and the
 * caller is to end the process at once.
 *
 * @returns the signal that was insisted with, or undefined when all ended in order
 */
export async function closeGateway(
  world: Pick<World, "killGroup">,
  gateway: Gateway,
  { closing, insistence }: {
    readonly closing: () => Promise<void>;
    readonly insistence: Promise<StopSignal>;
  },
): Promise<StopSignal | undefined> {
  // A server that is being ended is no longer counted as running, though its process may not be gone yet.
  const before = pidsOf(gateway);
  const signal = await Promise.race([closing().then(() => undefined), insistence]);
  if (signal !== undefined) {
    for (const pid of new Set([...before, ...pidsOf(gateway)])) world.killGroup(pid);
  }
  return signal;
}

function pidsOf(gateway: Gateway): readonly number[] {
  return gateway.views().map(({ pid }) => pid).filter((pid) => pid !== undefined);
}
