import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { Reply } from "../../src/mcp/message.ts";
import type { Call, Handler, Stage } from "../../src/pipeline/call.ts";
import { compose } from "../../src/pipeline/compose.ts";
import { GatewayError } from "../../src/pipeline/errors.ts";
import { aCall } from "./a_call.ts";

const call = aCall();
const done: Reply = { kind: "result", result: {} };

Deno.test("compose() runs stages in the order of the list, there and back", async () => {
  const seen: string[] = [];
  const stage = (name: string): Stage<Call> => (next) => async (call) => {
    seen.push(`${name} in`);
    const reply = await next(call);
    seen.push(`${name} out`);
    return reply;
  };
  const handler = compose([stage("a"), stage("b")], () => {
    seen.push("handler");
    return Promise.resolve(done);
  });
  assertStrictEquals(await handler(call), done);
  assertEquals(seen, ["a in", "b in", "handler", "b out", "a out"]);
});

Deno.test("compose() of no stages is the handler", () => {
  const handler: Handler<Call> = () => Promise.resolve(done);
  assertStrictEquals(compose([], handler), handler);
});

Deno.test("compose() makes each stage once, not once a call", async () => {
  let made = 0;
  const handler = compose<Call>([(next) => {
    made++;
    return next;
  }], () => Promise.resolve(done));
  await handler(call);
  await handler(call);
  assertEquals(made, 1);
});

Deno.test("compose() lets a stage answer, refuse, or change the call", async () => {
  const reached: string[] = [];
  const last: Handler<Call> = (call) => {
    reached.push(call.method);
    return Promise.resolve(done);
  };
  const answering = compose<Call>([() => () => Promise.resolve(done)], last);
  const refusing = compose<Call>(
    [() => () => Promise.reject(new GatewayError("not_found", "No"))],
    last,
  );
  const changing = compose<Call>([(next) => (call) => next({ ...call, method: "x" })], last);
  await answering(call);
  await assertRejects(() => refusing(call), GatewayError, "No");
  await changing(call);
  assertEquals(reached, ["x"]);
});
