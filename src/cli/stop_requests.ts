import { Exit, type ExitCode } from "./exit.ts";
import type { StopSignal, World } from "./world.ts";

/** Requests to end: the first is a wish, the second an order. */
export interface StopRequests extends Disposable {
  readonly first: Promise<StopSignal>;
  readonly second: Promise<StopSignal>;
}

/** Listens for SIGINT and SIGTERM until disposed of. */
export function stopRequests(world: Pick<World, "onStop">): StopRequests {
  const first = Promise.withResolvers<StopSignal>();
  const second = Promise.withResolvers<StopSignal>();
  let count = 0;
  const stopListening = world.onStop((signal) => {
    count++;
    if (count === 1) first.resolve(signal);
    else second.resolve(signal);
  });
  return { first: first.promise, second: second.promise, [Symbol.dispose]: stopListening };
}

/** The exit code by which a shell knows that a signal ended the program. */
export function exitForSignal(signal: StopSignal): ExitCode {
  return signal === "SIGINT" ? Exit.interrupted : Exit.terminated;
}
