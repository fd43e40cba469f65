import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Frame, RequestFrame } from "../../src/mcp/frames.ts";
import { ClientQuestions } from "../../src/edge/client_questions.ts";
import { GatewayError } from "../../src/pipeline/errors.ts";

/** Questions to one client, and what was sent to it. */
function subject(answerMs = 60_000) {
  const questions = new ClientQuestions(answerMs);
  const sent: Frame[] = [];
  const ask = (method = "roots/list", signal = new AbortController().signal) =>
    questions.ask(method, { p: 1 }, { emit: (frame) => sent.push(frame), signal });
  const answer = (id: RequestFrame["id"] | undefined, of: unknown) =>
    questions.answered({ kind: "response", id, outcome: { result: { of } } });
  const idOf = (at: number) => (sent[at] as RequestFrame).id;
  return { questions, sent, ask, answer, idOf };
}

Deno.test("ClientQuestions sends a request and gives its answer", async () => {
  const { sent, ask, answer, idOf } = subject();
  const answered = ask();
  assertEquals(sent, [{ kind: "request", id: idOf(0), method: "roots/list", params: { p: 1 } }]);
  answer(idOf(0), 1);
  assertEquals(await answered, { result: { of: 1 } });
});

Deno.test("ClientQuestions gives a client's error as it is", async () => {
  const { questions, ask, idOf } = subject();
  const answered = ask();
  const error = { code: -1, message: "No", data: { why: 1 } };
  questions.answered({ kind: "response", id: idOf(0), outcome: { error } });
  assertEquals(await answered, { error });
});

Deno.test("ClientQuestions keeps answers apart, in any order, and takes each once", async () => {
  const { ask, answer, idOf } = subject();
  const answers = Array.from({ length: 100 }, () => ask());
  for (let at = 99; at >= 0; at--) {
    answer(idOf(at), at);
    answer(idOf(at), "again");
  }
  const texts = (await Promise.all(answers)).map(({ result }) => result?.of);
  assertEquals(texts, Array.from({ length: 100 }, (_, at) => at));
});

Deno.test("ClientQuestions ignores answers to nothing", async () => {
  const { ask, answer, idOf } = subject();
  const answered = ask();
  for (const id of [undefined, 0, 1, "", "1", "only1mcp-", "only1mcp-2", "constructor"]) {
    answer(id, "wrong");
  }
  answer(idOf(0), "right");
  assertEquals(await answered, { result: { of: "right" } });
  answer(idOf(0), "late");
});

Deno.test("ClientQuestions takes a question back that is not answered in time", async () => {
  const { sent, ask, answer, idOf } = subject(10);
  const { error } = await ask();
  assert(error?.message.includes("in time"));
  assertEquals(sent[1], {
    kind: "notification",
    method: "notifications/cancelled",
    params: { requestId: idOf(0), reason: "It took too long" },
  });
  answer(idOf(0), "late");
});

Deno.test("ClientQuestions ends with the call it is about, and only with that", async () => {
  const { ask, answer, idOf } = subject();
  const cancel = new AbortController();
  const [cancelled, kept] = [ask("x", cancel.signal), ask("y")];
  cancel.abort();
  await assertRejects(() => cancelled, GatewayError, "cancelled");
  answer(idOf(0), "late");
  answer(idOf(1), "kept");
  assertEquals(await kept, { result: { of: "kept" } });
});

Deno.test("ClientQuestions asks nothing in a call that was cancelled before", async () => {
  const { sent, ask } = subject();
  await assertRejects(() => ask("x", AbortSignal.abort()), GatewayError, "cancelled");
  assertEquals(sent, []);
});
