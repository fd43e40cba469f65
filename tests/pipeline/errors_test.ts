import { assert, assertEquals } from "@std/assert";
import { errorReply, GatewayError, type Reason, REASONS } from "../../src/pipeline/errors.ts";

const REASON_NAMES = Object.keys(REASONS) as Reason[];

for (const reason of REASON_NAMES) {
  Deno.test(`GatewayError says "${reason}" in its data`, () => {
    const error = new GatewayError(reason, "Cannot", { server: "files" });
    assertEquals(error.toRpcError(), {
      code: REASONS[reason],
      message: "Cannot",
      data: { reason, server: "files" },
    });
  });
}

Deno.test("REASONS use the standard codes and those of the specification only", () => {
  const standard = [-32700, -32600, -32601, -32602, -32603, -32020, -32021, -32022];
  for (const reason of REASON_NAMES) assert(standard.includes(REASONS[reason]), reason);
});

Deno.test("errorReply() marks an error as ours, with the reason first", () => {
  const reply = errorReply(new GatewayError("overloaded", "Full"));
  assertEquals(reply, {
    kind: "error",
    error: { code: -32603, message: "Full", data: { reason: "overloaded" } },
    reason: "overloaded",
  });
  const { data } = new GatewayError("not_found", "No", { a: 1 }).toRpcError();
  assertEquals(JSON.stringify(data), '{"reason":"not_found","a":1}');
});

Deno.test("GatewayError is an error with a name and a stack", () => {
  const error = new GatewayError("internal", "Broken");
  assert(error instanceof Error && error.stack !== undefined);
  assertEquals([error.name, error.data], ["GatewayError", {}]);
});
