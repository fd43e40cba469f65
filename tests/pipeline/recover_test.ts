import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { Reply } from "../../src/mcp/message.ts";
import { GatewayError } from "../../src/pipeline/errors.ts";
import { recover } from "../../src/pipeline/recover.ts";
import { keepingLog } from "../observe/log_lines.ts";
import { aCall } from "./a_call.ts";

Deno.test("recover() passes replies on", async () => {
  const log = keepingLog();
  const reply: Reply = { kind: "error", error: { code: 1, message: "relayed" } };
  assertStrictEquals(await recover(log)(() => Promise.resolve(reply))(aCall()), reply);
  assertEquals(log.lines, []);
});

Deno.test("recover() turns our own errors into replies and logs none", async () => {
  const log = keepingLog();
  const refuse = recover(log)(() => Promise.reject(new GatewayError("not_found", "No", { a: 1 })));
  assertEquals(await refuse(aCall()), {
    kind: "error",
    error: { code: -32602, message: "No", data: { reason: "not_found", a: 1 } },
    reason: "not_found",
  });
  assertEquals(log.lines, []);
});

const BUGS: readonly (readonly [desc: string, thrown: unknown])[] = [
  ["an exception", new TypeError("x is not a function at /srv/secret")],
  ["a text", "secret"],
  ["nothing", undefined],
  ["an exception without a stack", Object.assign(new Error("secret"), { stack: undefined })],
];

for (const [desc, thrown] of BUGS) {
  Deno.test(`recover() answers a bug without detail and logs it: ${desc}`, async () => {
    const log = keepingLog();
    const handler = recover(log)(() => {
      throw thrown;
    });
    const reply = await handler(aCall({ params: { arguments: { a: "private" } } }));
    assertEquals(reply, {
      kind: "error",
      error: { code: -32603, message: "Internal error", data: { reason: "internal", call: "c1" } },
      reason: "internal",
    });
    assertEquals(log.lines.map(({ severity }) => severity), ["error"]);
    assertEquals([log.lines[0]!.fields.call, log.lines[0]!.fields.method], ["c1", "tools/call"]);
    assert(!JSON.stringify(log.lines).includes("private"));
  });
}
