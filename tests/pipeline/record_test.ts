import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { Reply } from "../../src/mcp/message.ts";
import type { Call, Handler } from "../../src/pipeline/call.ts";
import { record } from "../../src/pipeline/record.ts";
import { keepingLog } from "../observe/log_lines.ts";
import { aCall } from "./a_call.ts";

const OUTCOMES: readonly (readonly [desc: string, reply: Reply, outcome: string])[] = [
  ["a result", { kind: "result", result: { content: [] } }, "ok"],
  ["a tool's own error", { kind: "result", result: { isError: true } }, "tool_error"],
  ["a result whose isError is no boolean", { kind: "result", result: { isError: "no" } }, "ok"],
  ["a question", { kind: "input_required", result: { requestState: "s" } }, "input_required"],
  [
    "a relayed error",
    { kind: "error", error: { code: -32602, message: "secret" } },
    "error -32602",
  ],
  [
    "an error of ours",
    { kind: "error", error: { code: -32603, message: "secret" }, reason: "backend_timeout" },
    "backend_timeout",
  ],
];

for (const [desc, reply, outcome] of OUTCOMES) {
  Deno.test(`record() writes how a call ended: ${desc}`, async () => {
    const log = keepingLog();
    const handler = record(log)((call) => {
      call.trace.server = "files";
      call.trace.target = "read";
      return Promise.resolve(reply);
    });
    const call = aCall({ params: { arguments: { password: "secret" } } });
    assertStrictEquals(await handler(call), reply);
    assertEquals(log.lines.length, 1);
    const { severity, message, fields } = log.lines[0]!;
    const { ms, ...rest } = fields;
    assertEquals([severity, message, rest], ["info", "call", {
      call: "c1",
      principal: "anonymous",
      method: "tools/call",
      server: "files",
      target: "read",
      outcome,
    }]);
    assert(typeof ms === "number" && ms >= 0);
    assert(!JSON.stringify(fields).includes("secret"));
  });
}

Deno.test("record() stands aside where its lines would not be written", () => {
  const handler: Handler<Call> = () => Promise.resolve({ kind: "result", result: {} });
  for (const level of ["warn", "error"] as const) {
    assertStrictEquals(record(keepingLog(level))(handler), handler);
  }
});
