import type { Call } from "../../src/pipeline/call.ts";

/** A call of nobody in particular, with what the test cares about. */
export function aCall(parts: Partial<Call> = {}): Call {
  return {
    at: "client side",
    id: "c1",
    method: "tools/call",
    params: {},
    client: { info: undefined, capabilities: {} },
    principal: { id: "anonymous" },
    conversation: "anonymous",
    wantsProgress: false,
    logs: "none",
    signal: new AbortController().signal,
    emit() {},
    trace: {},
    scope: undefined,
    ...parts,
  };
}
