import type { Log } from "../observe/log.ts";
import type { Reply } from "../mcp/message.ts";
import type { Call, Stage } from "./call.ts";

/** Writes one log line a call: who, what, where, how long, how it ended. Never arguments, results or secrets. */
export function record(log: Log): Stage<Call> {
  if (log.level === "error" || log.level === "warn") return (next) => next;
  return (next) =>
    async function recording(call) {
      const began = performance.now();
      const reply = await next(call);
      log.info("call", {
        call: call.id,
        principal: call.principal.id,
        method: call.method,
        server: call.trace.server,
        target: call.trace.target,
        ms: Math.round((performance.now() - began) * 1000) / 1000,
        outcome: outcomeOf(reply),
        ...reply.kind === "error" && reply.detail !== undefined ? { why: reply.detail } : {},
      });
      return reply;
    };
}

function outcomeOf(reply: Reply): string {
  switch (reply.kind) {
    case "result":
      return reply.result.isError === true ? "tool_error" : "ok";
    case "input_required":
      return "input_required";
    case "error":
      return reply.reason ?? `error ${reply.error.code}`;
  }
}
