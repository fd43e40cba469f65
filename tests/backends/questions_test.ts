import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonObject, RequestFrame, ResponseFrame } from "../../src/mcp/frames.ts";
import {
  type Asker,
  type Outcome,
  type Pending,
  PendingTable,
} from "../../src/backends/pending.ts";
import { Questions } from "../../src/backends/questions.ts";

const ALL: JsonObject = { roots: {}, sampling: {}, elicitation: {} };

/** A caller that is asked, and answers when the test says so. */
class FakeAsker implements Asker {
  readonly conversation: string;
  readonly hasSession: boolean;
  readonly capabilities: JsonObject;
  isWaiting = false;
  readonly asked: JsonObject[] = [];
  readonly #answers: PromiseWithResolvers<Outcome | "ended">[] = [];

  constructor(conversation: string, { capabilities = ALL, hasSession = true } = {}) {
    this.conversation = conversation;
    this.capabilities = capabilities;
    this.hasSession = hasSession;
  }

  ask(question: JsonObject): Promise<Outcome | "ended"> {
    this.asked.push(question);
    const answer = Promise.withResolvers<Outcome | "ended">();
    this.#answers.push(answer);
    return answer.promise;
  }

  answer(at: number, result: JsonObject): void {
    this.#answers[at]!.resolve({ result });
  }

  end(at: number): void {
    this.#answers[at]!.resolve("ended");
  }
}

/** The questions of one server, which the test plays, and what it is answered. */
class Subject implements Disposable {
  readonly expired: number[] = [];
  readonly answers: ResponseFrame[] = [];
  readonly table = new PendingTable(({ id }) => this.expired.push(id));
  readonly questions = new Questions(this.table, (frame) => {
    this.answers.push(frame);
    return Promise.resolve();
  });
  #lastId = 0;

  call(ask: Asker | undefined, parts: Partial<Pending> = {}): Pending {
    const now = performance.now();
    const { silenceMs = 60_000, maxMs = 60_000 } = parts;
    const pending: Pending = {
      id: this.table.nextId(),
      method: "tools/call",
      emit() {},
      logs: "none",
      ask,
      silenceMs,
      maxMs,
      lastMoment: now + maxMs,
      deadline: now + Math.min(silenceMs, maxMs),
      resolve() {},
      reject() {},
      ...parts,
    };
    this.table.add(pending);
    return pending;
  }

  ask(method = "roots/list", origin?: number): RequestFrame["id"] {
    const id = `s${++this.#lastId}`;
    this.questions.take({ kind: "request", id, method, params: {} }, origin);
    return id;
  }

  /** The message of the refusal of the last question. */
  async refusal(): Promise<string> {
    await settled();
    const error = this.answers.at(-1)?.outcome.error;
    assert(error !== undefined);
    assertEquals(error.code, -32601);
    return error.message;
  }

  [Symbol.dispose](): void {
    this.table.failAll(() => "over");
  }
}

/** Lets everything run that waits for nothing. */
function settled(): Promise<void> {
  return waited(0);
}

function waited(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test("Questions answers a ping itself, whoever calls", async () => {
  using subject = new Subject();
  const id = subject.ask("ping");
  await settled();
  assertEquals(subject.answers, [{ kind: "response", id, outcome: { result: {} } }]);
});

Deno.test("Questions puts a question to the only caller, and sends its answer under the server's id", async () => {
  using subject = new Subject();
  const asker = new FakeAsker("one");
  subject.call(undefined);
  subject.call(asker);
  const id = subject.ask();
  await settled();
  assertEquals(asker.asked, [{ method: "roots/list", params: {} }]);
  assertEquals(subject.answers, []);
  asker.answer(0, { roots: [] });
  await settled();
  assertEquals(subject.answers, [{ kind: "response", id, outcome: { result: { roots: [] } } }]);
});

Deno.test("Questions refuses what belongs to no call", async () => {
  using subject = new Subject();
  subject.ask();
  assertStringIncludes(await subject.refusal(), "no call");
  subject.call(undefined);
  subject.ask();
  assertStringIncludes(await subject.refusal(), "no call");
  subject.call(new FakeAsker("one"));
  subject.ask("roots/list", 99);
  assertStringIncludes(await subject.refusal(), "no call");
  subject.ask("x".repeat(10_000), 99);
  assert((await subject.refusal()).length < 300);
});

Deno.test("Questions of a channel that two clients share are refused, and say what to configure", async () => {
  using subject = new Subject();
  const [one, two] = [new FakeAsker("one"), new FakeAsker("two")];
  const { id } = subject.call(one);
  subject.call(two);
  subject.ask();
  assertStringIncludes(await subject.refusal(), "isolation: session");
  one.isWaiting = true;
  subject.ask();
  assertStringIncludes(await subject.refusal(), "isolation: session");
  assertEquals([one.asked, two.asked], [[], []]);
  subject.table.take(id);
  subject.ask();
  await settled();
  assertEquals([one.asked.length, two.asked.length], [0, 1]);
});

Deno.test("Questions that come on the stream of a call go to its caller, whoever else calls", async () => {
  using subject = new Subject();
  const [one, two] = [new FakeAsker("one"), new FakeAsker("two")];
  subject.call(one);
  const { id } = subject.call(two);
  subject.ask("roots/list", id);
  await settled();
  assertEquals([one.asked.length, two.asked.length], [0, 1]);
});

Deno.test("Questions go to the oldest call of one session that has not been asked", async () => {
  using subject = new Subject();
  const calls = [1, 2, 3].map(() => new FakeAsker("one"));
  for (const call of calls) subject.call(call);
  subject.ask();
  await settled();
  assertEquals(calls.map(({ asked }) => asked.length), [1, 0, 0]);
  calls[0]!.isWaiting = true;
  subject.ask();
  await settled();
  assertEquals(calls.map(({ asked }) => asked.length), [1, 1, 0]);
  for (const call of calls) call.isWaiting = true;
  subject.ask();
  await settled();
  assertEquals(calls.map(({ asked }) => asked.length), [2, 1, 0]);
});

Deno.test("Questions put to a call that ends go on to another of the same session", async () => {
  using subject = new Subject();
  const [one, two] = [new FakeAsker("one"), new FakeAsker("one")];
  const { id } = subject.call(one);
  subject.call(two);
  const question = subject.ask();
  await settled();
  subject.table.take(id);
  one.end(0);
  await settled();
  assertEquals([one.asked.length, two.asked.length], [1, 1]);
  two.answer(0, { roots: [] });
  await settled();
  const outcome = { result: { roots: [] } };
  assertEquals(subject.answers, [{ kind: "response", id: question, outcome }]);
});

Deno.test("Questions about calls without a session are refused unless one call only has not been asked", async () => {
  using subject = new Subject();
  const calls = [1, 2].map(() => new FakeAsker("anonymous", { hasSession: false }));
  for (const call of calls) subject.call(call);
  subject.ask();
  assertStringIncludes(await subject.refusal(), "isolation: session");
  calls[0]!.isWaiting = true;
  subject.ask();
  await settled();
  assertEquals(calls.map(({ asked }) => asked.length), [0, 1]);
  calls[1]!.isWaiting = true;
  subject.ask();
  assertStringIncludes(await subject.refusal(), "isolation: session");
});

Deno.test("Questions that a client cannot be asked get the error that the client would give", async () => {
  using subject = new Subject();
  const asker = new FakeAsker("one", { capabilities: { roots: {} } });
  subject.call(asker);
  subject.ask("sampling/createMessage");
  assertStringIncludes(await subject.refusal(), "sampling/createMessage");
  subject.ask("tasks/get");
  assertStringIncludes(await subject.refusal(), "tasks/get");
  assertEquals(asker.asked, []);
});

Deno.test("Questions that the server withdraws get no answer, and its call can be late again", async () => {
  using subject = new Subject();
  const asker = new FakeAsker("one");
  const { id } = subject.call(asker, { silenceMs: 30, maxMs: 30 });
  const question = subject.ask();
  await settled();
  for (const other of [undefined, null, {}, "s9", 1]) subject.questions.withdraw(other);
  await waited(60);
  assertEquals(subject.expired, []);
  subject.questions.withdraw(question);
  subject.questions.withdraw(question);
  await waited(60);
  assertEquals([subject.answers, subject.expired], [[], [id]]);
});

Deno.test("Questions: time until the answer does not count, neither as silence nor in all", async () => {
  using subject = new Subject();
  const asker = new FakeAsker("one");
  const pending = subject.call(asker, { silenceMs: 40, maxMs: 60 });
  subject.ask();
  subject.ask();
  await waited(80);
  asker.answer(0, {});
  // A server that reports progress while it waits is waiting all the same.
  subject.table.refresh(pending);
  await waited(80);
  assertEquals(subject.expired, []);
  asker.answer(1, {});
  await settled();
  const left = pending.lastMoment - performance.now();
  assert(left <= 60, `${left} ms left, though the pauses overlapped`);
  await waited(100);
  assertEquals(subject.expired, [pending.id]);
});

Deno.test("Questions survives a server that is gone when its answer comes", async () => {
  using subject = new Subject();
  const asker = new FakeAsker("one");
  const questions = new Questions(subject.table, () => Promise.reject(new Error("Pipe is broken")));
  const { id } = subject.call(asker);
  questions.take({ kind: "request", id: 1, method: "roots/list", params: undefined }, undefined);
  subject.table.take(id);
  asker.answer(0, {});
  await settled();
});

Deno.test("Questions answers no more of a server that does not take its answers", async () => {
  const taken: (() => void)[] = [];
  const questions = new Questions(new PendingTable(() => {}), () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    taken.push(resolve);
    return promise;
  });
  const flood = () => {
    for (let id = 0; id < 1500; id++) {
      questions.take({ kind: "request", id, method: "ping", params: undefined }, undefined);
    }
  };
  flood();
  await settled();
  assertEquals(taken.length, 1000);
  for (const take of taken) take();
  await settled();
  flood();
  await settled();
  assertEquals(taken.length, 2000);
});
