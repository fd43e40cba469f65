import type { Log } from "../observe/log.ts";
import type { Call, Stage } from "./call.ts";
import { errorReply, GatewayError } from "./errors.ts";

/** Turns what was thrown into a reply, in this one place: our own errors as they are, bugs without detail. */
export function recover(log: Log): Stage<Call> {
  return (next) =>
    async function recovering(call) {
      try {
        return await next(call);
      } catch (error) {
        if (error instanceof GatewayError) return errorReply(error);
        log.error("Bug", { call: call.id, method: call.method, error: describe(error) });
        return errorReply(new GatewayError("internal", "Internal error", { call: call.id }));
      }
    };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
