import { assertEquals, assertRejects } from "@std/assert";
import type { Reply } from "../../src/mcp/message.ts";
import { countInFlight } from "../../src/gateway/in_flight.ts";
import { aCall } from "../pipeline/a_call.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const DONE: Reply = { kind: "result", result: {} };

function counted() {
  const open: PromiseWithResolvers<Reply>[] = [];
  const counter = countInFlight(() => {
    const call = Promise.withResolvers<Reply>();
    open.push(call);
    return call.promise;
  });
  return { counter, open };
}

Deno.test("countInFlight() passes calls on as they are", async () => {
  const { counter, open } = counted();
  const reply = counter.handle(aCall());
  open[0]!.resolve(DONE);
  assertEquals(await reply, DONE);
});

Deno.test("idle() resolves at once where nothing is under way", async () => {
  await counted().counter.idle(1e9);
});

Deno.test("idle() waits for the last call, however it ends", async () => {
  const { counter, open } = counted();
  const calls = [counter.handle(aCall()), counter.handle(aCall())];
  let isIdle = false;
  const idle = counter.idle(10_000).then(() => isIdle = true);
  open[0]!.resolve(DONE);
  await calls[0];
  assertEquals(isIdle, false);
  open[1]!.reject(new Error("bug"));
  await assertRejects(() => calls[1]!, Error, "bug");
  await idle;
});

Deno.test("idle() waits no longer than it is told", async () => {
  const { counter, open } = counted();
  const call = counter.handle(aCall());
  await counter.idle(1);
  open[0]!.resolve(DONE);
  await call;
});

Deno.test("idle() does not wait for subscriptions", async () => {
  const { counter, open } = counted();
  const listening = counter.handle(aCall({ method: "subscriptions/listen" }));
  await counter.idle(1e9);
  open[0]!.resolve(DONE);
  await listening;
});
