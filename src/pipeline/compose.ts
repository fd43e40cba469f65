import type { Call, Handler, RoutedCall, Stage } from "./call.ts";

/** Puts stages in front of a handler; the first stage listed is the first to see a call. */
export function compose<C extends Call | RoutedCall>(
  stages: readonly Stage<C>[],
  handler: Handler<C>,
): Handler<C> {
  return stages.reduceRight((next, stage) => stage(next), handler);
}
