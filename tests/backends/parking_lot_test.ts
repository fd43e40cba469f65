import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { ParkedCall } from "../../src/backends/parked_call.ts";
import { ParkingLot, withoutAnswers } from "../../src/backends/parking_lot.ts";
import type { RoutedCall } from "../../src/pipeline/call.ts";
import { assertReason } from "./connected.ts";
import { routedCall } from "./routed_call.ts";

/** A lot that is emptied at the end of its block. */
function lotWith(ttlMs = 60_000, maxPerPrincipal = 2): ParkingLot & Disposable {
  const lot = new ParkingLot({ ttlMs, maxPerPrincipal });
  return Object.assign(lot, { [Symbol.dispose]: () => lot.close() });
}

function back(requestState: unknown, parts: Partial<RoutedCall> = {}): RoutedCall {
  const call = routedCall(parts);
  return { ...call, params: { ...call.params, requestState, inputResponses: { q1: {} } } };
}

async function assertRefused(lot: ParkingLot, call: RoutedCall): Promise<string> {
  return (await assertReason(lot.unpark(call), "invalid_params")).message;
}

Deno.test("ParkingLot gives a call back to its caller, once", async () => {
  using lot = lotWith();
  const parked = new ParkedCall(routedCall());
  const state = await lot.park(routedCall(), parked);
  assertEquals(lot.size, 1);
  assert(await lot.unpark(back(state)) === parked);
  assertEquals(lot.size, 0);
  await assertRefused(lot, back(state));
});

const OTHERS: readonly (readonly [desc: string, parts: Partial<RoutedCall>])[] = [
  ["another conversation", { conversation: "session-2" }],
  ["another principal", { principal: { id: "eve" } }],
  ["another method", { method: "prompts/get" }],
  ["another tool", { params: { name: "u", arguments: { a: 1, b: 2 } } }],
  ["other arguments", { params: { name: "t", arguments: { a: 1, b: 3 } } }],
  ["an argument of another type", { params: { name: "t", arguments: { a: 1, b: "2" } } }],
  ["an argument more", { params: { name: "t", arguments: { a: 1, b: 2, c: null } } }],
  ["an argument less", { params: { name: "t", arguments: { a: 1 } } }],
  ["another parameter", { params: { name: "t", arguments: { a: 1, b: 2 }, extra: 1 } }],
];

for (const [desc, parts] of OTHERS) {
  Deno.test(`ParkingLot refuses the state of a call in ${desc}, without effect on its owner`, async () => {
    using lot = lotWith();
    const parked = new ParkedCall(routedCall());
    const state = await lot.park(routedCall(), parked);
    await assertRefused(lot, back(state, parts));
    assert(!parked.signal.aborted);
    assert(await lot.unpark(back(state)) === parked);
  });
}

Deno.test("ParkingLot minds neither the order of arguments nor _meta", async () => {
  using lot = lotWith();
  const nested = { a: { x: 1, y: [{ p: 1, q: 2 }] }, b: 2 };
  const state = await lot.park(
    routedCall({ params: { name: "t", arguments: nested, _meta: { trace: 1 } } }),
    new ParkedCall(routedCall()),
  );
  const turned = { b: 2, a: { y: [{ q: 2, p: 1 }], x: 1 } };
  await lot.unpark(back(state, { params: { _meta: { trace: 2 }, arguments: turned, name: "t" } }));
});

Deno.test("ParkingLot refuses a state that was changed anywhere, and leaves its owner's alone", async () => {
  using lot = lotWith();
  const parked = new ParkedCall(routedCall());
  const state = await lot.park(routedCall(), parked);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const messages = new Set<string>();
  for (let at = 0; at < state.length; at++) {
    for (const bit of at === state.length - 1 ? [1, 2, 4, 8, 16, 32] : [1 << (at % 6)]) {
      const changed = alphabet[alphabet.indexOf(state[at]!) ^ bit]!;
      const text = state.slice(0, at) + changed + state.slice(at + 1);
      messages.add(await assertRefused(lot, back(text)));
    }
  }
  const odd = [
    ...["", " ", "x", `${state} `, ` ${state}`, `${state}=`, state.slice(0, -1), state + state],
    ...[state.toLowerCase(), "A".repeat(100_000), null, 1, {}, [state], true],
  ];
  for (const value of odd) messages.add(await assertRefused(lot, back(value)));
  messages.add(await assertRefused(lot, back(undefined)));
  assertEquals(messages.size, 1, "one message for all");
  assert(await lot.unpark(back(state)) === parked);
});

Deno.test("ParkingLot refuses a state of another lot", async () => {
  using lot = lotWith();
  using other = lotWith();
  const state = await lot.park(routedCall(), new ParkedCall(routedCall()));
  await assertRefused(other, back(state));
  await lot.unpark(back(state));
});

Deno.test("ParkingLot gives a call to one of many that come at once", async () => {
  using lot = lotWith();
  const parked = new ParkedCall(routedCall());
  const state = await lot.park(routedCall(), parked);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, () => lot.unpark(back(state))),
  );
  const won = outcomes.filter(({ status }) => status === "fulfilled");
  assertEquals(won.length, 1);
  assert(!parked.signal.aborted);
});

Deno.test("ParkingLot cancels a call whose caller stays away, and refuses its state", async () => {
  using lot = lotWith(20);
  const parked = new ParkedCall(routedCall());
  const state = await lot.park(routedCall(), parked);
  await new Promise((resolve) => parked.signal.addEventListener("abort", resolve, { once: true }));
  assertEquals(lot.size, 0);
  await assertRefused(lot, back(state));
});

Deno.test("ParkingLot has so much room for each principal", async () => {
  using lot = lotWith();
  const park = (parts: Partial<RoutedCall> = {}) =>
    lot.park(routedCall(parts), new ParkedCall(routedCall(parts)));
  const state = await park();
  assert(lot.hasRoom(routedCall()));
  await park({ conversation: "session-2" });
  assert(!lot.hasRoom(routedCall()));
  assert(!lot.hasRoom(routedCall({ conversation: "session-3" })));
  assert(lot.hasRoom(routedCall({ principal: { id: "bob" } })));
  await lot.unpark(back(state));
  assert(lot.hasRoom(routedCall()));
});

Deno.test("ParkingLot never says the same twice, and nothing readable", async () => {
  using lot = lotWith(60_000, 9);
  const first = await lot.park(routedCall(), new ParkedCall(routedCall()));
  const second = await lot.park(routedCall(), new ParkedCall(routedCall()));
  assertNotEquals(first, second);
  const text = new TextDecoder().decode(Uint8Array.fromBase64(first, { alphabet: "base64url" }));
  assert(!/anonymous|session|binding|id/.test(text));
});

Deno.test("ParkingLot cancels everything when it is closed", async () => {
  using lot = lotWith();
  const parked = new ParkedCall(routedCall());
  const state = await lot.park(routedCall(), parked);
  lot.close();
  assert(parked.signal.aborted);
  await assertRefused(lot, back(state));
});

Deno.test("withoutAnswers() takes away answers and state only", () => {
  const params = { name: "t", arguments: { requestState: 1 }, _meta: {} };
  assert(withoutAnswers(params) === params);
  assertEquals(withoutAnswers({ ...params, requestState: "s" }), params);
  assertEquals(withoutAnswers({ ...params, inputResponses: {} }), params);
});
