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
  const signal = await Promise.race([closing().then(() => undefined), insistence]);
  if (signal !== undefined) {
    for (const { pid } of gateway.views()) {
      if (pid !== undefined) world.killGroup(pid);
    }
  }
  return signal;
}
