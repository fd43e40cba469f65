import { assertEquals, assertRejects } from "@std/assert";
import { type LazyReply, lazyReply, type MessageSink } from "../../src/edge/lazy_reply.ts";
import { Patience } from "../../src/edge/patience.ts";
import type { NotificationFrame, ResponseFrame } from "../../src/mcp/frames.ts";
import { errorFrame, resultFrame } from "../../src/mcp/frames.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const NEWS: NotificationFrame = { kind: "notification", method: "n", params: undefined };
const ANSWER = resultFrame(1, { done: true });
const NEWS_TEXT = '{"jsonrpc":"2.0","method":"n"}';
const ANSWER_TEXT = '{"jsonrpc":"2.0","id":1,"result":{"done":true}}';

/** Stands for the stream; keeps what went into it. */
class FakeSink implements MessageSink {
  readonly sent: string[] = [];
  isEnded = false;
  opened = 0;

  open(): MessageSink {
    this.opened++;
    return this;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  end(): void {
    this.isEnded = true;
  }

  response(): Response {
    return new Response("stream");
  }
}

type Emit = Parameters<LazyReply["work"]>[0];

interface Parts {
  readonly work: (emit: Emit) => Promise<readonly ResponseFrame[]>;
  readonly accepts?: LazyReply["accepts"];
  readonly limitMs?: number;
}

async function replied({ work, accepts = { json: true, sse: true }, limitMs = 10_000 }: Parts) {
  const sink = new FakeSink();
  const patience = new Patience(limitMs);
  try {
    const response = await lazyReply({
      work,
      accepts,
      patience,
      openStream: () => sink.open(),
      plain: (responses) => new Response(`plain ${responses.length}`),
    });
    return { sink, form: await response.text() };
  } finally {
    patience.close();
  }
}

for (
  const { desc, work, accepts, expected } of [
    {
      desc: "plainly where the answer is all",
      work: () => Promise.resolve([ANSWER]),
      expected: { form: "plain 1", sent: [] },
    },
    {
      desc: "plainly where the caller cancelled",
      work: () => Promise.resolve([]),
      expected: { form: "plain 0", sent: [] },
    },
    {
      desc: "as a stream where something comes first",
      work: (emit: Emit) => {
        emit(NEWS);
        return Promise.resolve([ANSWER]);
      },
      expected: { form: "stream", sent: [NEWS_TEXT, ANSWER_TEXT] },
    },
    {
      desc: "as a stream where that is all the client takes",
      work: () => Promise.resolve([ANSWER]),
      accepts: { json: false, sse: true },
      expected: { form: "stream", sent: [ANSWER_TEXT] },
    },
    {
      desc: "plainly where that is all the client takes, without what comes first",
      work: (emit: Emit) => {
        emit(NEWS);
        return Promise.resolve([ANSWER]);
      },
      accepts: { json: true, sse: false },
      expected: { form: "plain 1", sent: [] },
    },
    {
      desc: "as a stream with several answers",
      work: (emit: Emit) => {
        emit(NEWS);
        return Promise.resolve([ANSWER, ANSWER]);
      },
      expected: { form: "stream", sent: [NEWS_TEXT, ANSWER_TEXT, ANSWER_TEXT] },
    },
    {
      desc: "as a stream that just ends where the caller cancelled after something came",
      work: (emit: Emit) => {
        emit(NEWS);
        return Promise.resolve([]);
      },
      expected: { form: "stream", sent: [NEWS_TEXT] },
    },
  ]
) {
  Deno.test(`lazyReply() answers ${desc}`, async () => {
    const { sink, form } = await replied({ work, ...accepts && { accepts } });
    assertEquals({ form, sent: sink.sent }, expected);
    assertEquals([sink.opened, sink.isEnded], form === "stream" ? [1, true] : [0, false]);
  });
}

Deno.test("lazyReply() becomes a stream when its patience ends, and carries the answer later", async () => {
  const { promise, resolve } = Promise.withResolvers<readonly ResponseFrame[]>();
  const { sink, form } = await replied({ work: () => promise, limitMs: 1 });
  assertEquals([form, sink.sent, sink.isEnded], ["stream", [], false]);
  resolve([errorFrame(1, { code: -32603, message: "No" })]);
  await new Promise((done) => setTimeout(done, 0));
  assertEquals(sink.sent, ['{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"No"}}']);
  assertEquals(sink.isEnded, true);
});

Deno.test("lazyReply() waits on where the client takes no stream", async () => {
  const { promise, resolve } = Promise.withResolvers<readonly ResponseFrame[]>();
  const reply = replied({ work: () => promise, accepts: { json: true, sse: false }, limitMs: 1 });
  await new Promise((done) => setTimeout(done, 5));
  resolve([ANSWER]);
  assertEquals((await reply).form, "plain 1");
});

Deno.test("lazyReply() lets a bug through as long as nothing was said", async () => {
  await assertRejects(
    () => replied({ work: () => Promise.reject(new TypeError("bug")) }),
    TypeError,
    "bug",
  );
});

Deno.test("lazyReply() ends a stream whose work breaks", async () => {
  const { promise, reject } = Promise.withResolvers<readonly ResponseFrame[]>();
  const { sink, form } = await replied({
    work: (emit) => {
      emit(NEWS);
      return promise;
    },
  });
  reject(new TypeError("bug"));
  await promise.catch(() => {});
  await new Promise((done) => setTimeout(done, 0));
  assertEquals([form, sink.isEnded], ["stream", true]);
});
