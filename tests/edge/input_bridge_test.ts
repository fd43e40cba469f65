import { assertEquals, assertRejects } from "@std/assert";
import type { JsonObject, RpcError } from "../../src/mcp/frames.ts";
import type { Reply } from "../../src/mcp/message.ts";
import { bridgeInput, type InputBridge } from "../../src/edge/input_bridge.ts";
import { GatewayError } from "../../src/pipeline/errors.ts";
import { ok } from "./fake_desk.ts";

const PARAMS = { name: "t", arguments: { a: 1 } };
const NO: RpcError = { code: -1, message: "User said no" };

/** Replies in turn, and what the bridge called and asked. */
function bridge(replies: readonly Reply[], ask: InputBridge["ask"] = accepted) {
  const calls: [JsonObject, unknown][] = [];
  const asked: [string, JsonObject][] = [];
  return {
    calls,
    asked,
    reply: bridgeInput(PARAMS, {
      call: (params, errors) => {
        calls.push([params, errors]);
        return Promise.resolve(replies[Math.min(calls.length, replies.length) - 1]!);
      },
      ask: (method, params) => {
        asked.push([method, params]);
        return ask(method, params);
      },
    }),
  };
}

function accepted(method: string): ReturnType<InputBridge["ask"]> {
  return Promise.resolve({ result: { of: method } });
}

function asking(inputRequests: unknown, requestState?: unknown): Reply {
  const state = requestState === undefined ? {} : { requestState };
  return { kind: "input_required", result: { inputRequests, ...state } };
}

Deno.test("bridgeInput() asks nothing when there is a reply at once", async () => {
  const { reply, calls, asked } = bridge([ok({ done: 1 })]);
  assertEquals(await reply, ok({ done: 1 }));
  assertEquals([calls, asked], [[[PARAMS, undefined]], []]);
});

Deno.test("bridgeInput() brings the answers of each round, with its state alone", async () => {
  const { reply, calls, asked } = bridge([
    asking({ a: { method: "roots/list" }, b: { method: "x", params: { p: 1 } } }, "s1"),
    asking({ c: { method: "y", params: {} } }),
    ok({ done: 1 }),
  ]);
  assertEquals(await reply, ok({ done: 1 }));
  assertEquals(asked, [["roots/list", {}], ["x", { p: 1 }], ["y", {}]]);
  const first = { a: { of: "roots/list" }, b: { of: "x" } };
  assertEquals(calls.slice(1).map(([params]) => params), [
    { ...PARAMS, inputResponses: first, requestState: "s1" },
    { ...PARAMS, inputResponses: { c: { of: "y" } } },
  ]);
});

Deno.test("bridgeInput() asks the questions of one round at the same time", async () => {
  let open = 0;
  const all = Promise.withResolvers<void>();
  const { reply } = bridge(
    [asking({ a: { method: "x" }, b: { method: "y" } }), ok({})],
    async () => {
      if (++open === 2) all.resolve();
      await all.promise;
      return { result: {} };
    },
  );
  assertEquals(await reply, ok({}));
});

Deno.test("bridgeInput() takes a round without questions for a wish to be called again", async () => {
  for (const questions of [undefined, {}, null, [], "x"]) {
    const { reply, calls } = bridge([asking(questions, "s"), ok({})]);
    await reply;
    assertEquals(calls[1]?.[0], { ...PARAMS, inputResponses: {}, requestState: "s" });
  }
});

Deno.test("bridgeInput() says what the client said instead of an answer", async () => {
  const { reply, calls } = bridge(
    [
      asking({ a: { method: "elicitation/create" }, b: { method: "x" }, c: { method: "y" } }),
      ok({}),
    ],
    (method) => Promise.resolve(method === "y" ? { result: {} } : { error: NO }),
  );
  await reply;
  assertEquals(calls[1], [
    { ...PARAMS, inputResponses: { a: { action: "cancel" }, c: {} } },
    { a: NO, b: NO },
  ]);
});

Deno.test("bridgeInput() puts no nonsense to the client", async () => {
  const { reply, calls, asked } = bridge([
    asking({ a: null, b: [], c: { method: 1 }, d: { method: "x", params: [1] } }),
    ok({}),
  ]);
  await reply;
  assertEquals(asked, [["x", {}]]);
  assertEquals(Object.keys(calls[1]?.[1] as object), ["a", "b", "c"]);
});

Deno.test("bridgeInput() keeps a question apart from what every object has", async () => {
  const requests = JSON.parse('{"__proto__":{"method":"x"},"constructor":{"method":"y"}}');
  const { reply, calls } = bridge([asking(requests), ok({})]);
  await reply;
  const { inputResponses } = calls[1]![0];
  assertEquals(JSON.stringify(inputResponses), '{"__proto__":{"of":"x"},"constructor":{"of":"y"}}');
});

Deno.test("bridgeInput() passes errors and cancellation on", async () => {
  const error: Reply = { kind: "error", error: NO };
  assertEquals(await bridge([asking({}), error]).reply, error);
  const cancelled = () => Promise.reject(new GatewayError("cancelled", "Call was cancelled"));
  const { reply, calls } = bridge([asking({ a: { method: "x" } }), ok({})], cancelled);
  await assertRejects(() => reply, GatewayError, "cancelled");
  assertEquals(calls.length, 1);
});

Deno.test("bridgeInput() ends with a server that never stops asking", async () => {
  const { reply, asked } = bridge([asking({ a: { method: "x" } })]);
  await assertRejects(() => reply, GatewayError, "more than 64 times");
  assertEquals(asked.length, 64);
});
