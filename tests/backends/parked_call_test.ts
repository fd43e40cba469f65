import { assert, assertEquals, assertRejects } from "@std/assert";
import type { JsonObject } from "../../src/mcp/frames.ts";
import type { McpEvent, Reply } from "../../src/mcp/message.ts";
import { ParkedCall } from "../../src/backends/parked_call.ts";
import { GatewayError } from "../../src/pipeline/errors.ts";
import { routedCall } from "./routed_call.ts";

const ROOTS: JsonObject = { method: "roots/list", params: {} };
const NAME: JsonObject = { method: "elicitation/create", params: { message: "Name?" } };
const DONE: Reply = { kind: "result", result: { done: true } };
const never = new AbortController().signal;

/** A call whose server the test plays. */
function begun(parked = new ParkedCall(routedCall())) {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  return { parked, resolve, reject, first: parked.next(() => promise) };
}

function questionsOf(reply: { readonly kind: string; readonly questions?: unknown }): JsonObject {
  assertEquals(reply.kind, "asked");
  return reply.questions as JsonObject;
}

Deno.test("ParkedCall passes a reply on when nothing is asked", async () => {
  const { resolve, first } = begun();
  resolve(DONE);
  assertEquals(await first, DONE);
});

Deno.test("ParkedCall gathers questions that come together, and answers each with its own", async () => {
  const { parked, resolve, first } = begun();
  const answers = [parked.ask(ROOTS, never), parked.ask(NAME, never)];
  assertEquals(questionsOf(await first), { q1: ROOTS, q2: NAME });
  assert(parked.isWaiting);
  parked.attach(routedCall());
  assert(!parked.isWaiting);
  parked.answer({ q2: { action: "accept" }, q1: { roots: [] }, q3: {}, constructor: {} });
  assertEquals(await Promise.all(answers), [
    { result: { roots: [] } },
    { result: { action: "accept" } },
  ]);
  const second = parked.next();
  resolve(DONE);
  assertEquals(await second, DONE);
});

Deno.test("ParkedCall asks again what was not answered, under the same key", async () => {
  const { parked, resolve, first } = begun();
  const answers = [parked.ask(ROOTS, never), parked.ask(NAME, never)];
  await first;
  for (const useless of [undefined, null, [], "q1", { q1: 1 }, { q1: null }, { q9: {} }, {}]) {
    parked.attach(routedCall());
    parked.answer(useless);
    assertEquals(Object.keys(questionsOf(await parked.next())), ["q1", "q2"]);
  }
  parked.attach(routedCall());
  parked.answer({ q1: { roots: [] } });
  assertEquals(questionsOf(await parked.next()), { q2: NAME });
  parked.attach(routedCall());
  parked.answer({}, { q2: { code: -1, message: "No" } });
  assertEquals(await answers[1], { error: { code: -1, message: "No" } });
  resolve(DONE);
  assertEquals(await parked.next(), DONE);
});

Deno.test("ParkedCall does not ask what was withdrawn, and waits for no answer to it", async () => {
  const { parked, resolve, first } = begun();
  const withdrawn = new AbortController();
  const answer = parked.ask(ROOTS, withdrawn.signal);
  withdrawn.abort();
  const kept = parked.ask(NAME, never);
  assertEquals(questionsOf(await first), { q2: NAME });
  parked.attach(routedCall());
  parked.answer({ q1: {}, q2: { action: "decline" } });
  assertEquals(await kept, { result: { action: "decline" } });
  assertEquals(await Promise.race([answer, Promise.resolve("open")]), "open");
  resolve(DONE);
  assertEquals(await parked.next(), DONE);
});

Deno.test("ParkedCall keeps a final reply that comes while its caller is away", async () => {
  const { parked, resolve, first } = begun();
  const answers = [parked.ask(ROOTS, never), parked.ask(NAME, never)];
  await first;
  resolve(DONE);
  parked.attach(routedCall());
  parked.answer({ q1: { roots: [] } });
  assertEquals(await parked.next(), DONE);
  // What was asked may have been about another call of the same client.
  assertEquals(await Promise.all(answers), [{ result: { roots: [] } }, "ended"]);
});

Deno.test("ParkedCall prefers a final reply to a question that came just before", async () => {
  const { parked, resolve, first } = begun();
  const answer = parked.ask(ROOTS, never);
  resolve(DONE);
  assertEquals(await first, DONE);
  assertEquals(await answer, "ended");
});

Deno.test("ParkedCall keeps a failure that comes while its caller is away", async () => {
  const { parked, reject, first } = begun();
  const answer = parked.ask(ROOTS, never);
  await first;
  reject(new GatewayError("backend_crashed", "Server crashed"));
  parked.attach(routedCall());
  await assertRejects(() => parked.next(), GatewayError, "crashed");
  assertEquals(await answer, "ended");
});

Deno.test("ParkedCall keeps log messages, at most a hundred, and no progress, for a caller that is away", async () => {
  const { parked, resolve, first } = begun();
  parked.ask(ROOTS, never);
  await first;
  for (let at = 0; at < 150; at++) {
    parked.emit({ kind: "progress", params: { progress: at } });
    parked.emit({ kind: "log", params: { data: at } });
  }
  const heard: McpEvent[] = [];
  parked.attach(routedCall({ emit: (event) => heard.push(event) }));
  assertEquals(heard.length, 100);
  assertEquals(heard.at(0), { kind: "log", params: { data: 0 } });
  assertEquals(heard.at(-1), { kind: "log", params: { data: 99 } });
  parked.emit({ kind: "progress", params: { progress: 200 } });
  assertEquals(heard.length, 101);
  resolve(DONE);
  await parked.next();
});

Deno.test("ParkedCall is cancelled by the request that it is now, and by no earlier one", async () => {
  const earlier = new AbortController();
  const { parked, reject, first } = begun(new ParkedCall(routedCall({ signal: earlier.signal })));
  parked.signal.addEventListener("abort", () => reject(new GatewayError("cancelled", "Cancelled")));
  const answer = parked.ask(ROOTS, never);
  await first;
  earlier.abort();
  assert(!parked.signal.aborted);
  const now = new AbortController();
  parked.attach(routedCall({ signal: now.signal }));
  const second = parked.next();
  now.abort();
  assert(parked.signal.aborted);
  await assertRejects(() => second, GatewayError, "Cancelled");
  assertEquals(await answer, { error: { code: -32603, message: "Call was cancelled" } });
});

Deno.test("ParkedCall that is attached to a cancelled request is cancelled", () => {
  assert(new ParkedCall(routedCall({ signal: AbortSignal.abort() })).signal.aborted);
});

Deno.test("ParkedCall refuses all open questions with one error", async () => {
  const { parked, resolve, first } = begun();
  const answers = [parked.ask(ROOTS, never), parked.ask(NAME, never)];
  await first;
  const error = { code: -32603, message: "Too many" };
  parked.refuse(error);
  assertEquals(await Promise.all(answers), [{ error }, { error }]);
  resolve(DONE);
  assertEquals(await parked.next(), DONE);
});

Deno.test("ParkedCall knows what its caller can be asked as last said, and whether it has a session", async () => {
  const call = routedCall({ client: { info: undefined, capabilities: { roots: {} } } });
  const { parked, resolve, first } = begun(new ParkedCall(call));
  parked.ask(ROOTS, never);
  await first;
  assertEquals(parked.capabilities, { roots: {} });
  parked.attach(routedCall({ client: { info: undefined, capabilities: { sampling: {} } } }));
  assertEquals(parked.capabilities, { sampling: {} });
  assert(parked.hasSession);
  assert(!new ParkedCall(routedCall({ conversation: "anonymous" })).hasSession);
  resolve(DONE);
  await parked.next();
});

Deno.test("ParkedCall takes so many questions at a time, and none that is too long", async () => {
  const { parked, resolve, first } = begun();
  const long = { ...NAME, params: { message: "x".repeat(1024 * 1024) } };
  const refused = await parked.ask(long, never);
  assert(refused !== "ended");
  assertEquals(refused.error?.code, -32603);
  for (let n = 0; n < 32; n++) parked.ask(ROOTS, never);
  const oneMore = await parked.ask(ROOTS, never);
  assert(oneMore !== "ended");
  assertEquals(oneMore.error?.code, -32603);
  assertEquals(Object.keys(questionsOf(await first)).length, 32);
  parked.cancel();
  resolve(DONE);
});
