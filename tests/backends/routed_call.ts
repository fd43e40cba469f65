import type { RoutedCall } from "../../src/pipeline/call.ts";

/** A call of one backend's tool, with what the test cares about. */
export function routedCall(parts: Partial<RoutedCall> = {}): RoutedCall {
  return {
    at: "backend side",
    id: "c1",
    server: "files",
    method: "tools/call",
    params: { name: "t", arguments: { a: 1, b: 2 } },
    client: { info: undefined, capabilities: {} },
    principal: { id: "anonymous" },
    conversation: "session-1",
    wantsProgress: false,
    logs: "none",
    signal: new AbortController().signal,
    emit() {},
    trace: {},
    ...parts,
  };
}
