import { assert, assertEquals } from "@std/assert";
import type { JsonObject } from "../../src/mcp/frames.ts";
import type { Reply } from "../../src/mcp/message.ts";
import { Backend } from "../../src/backends/backend.ts";
import { IsolatedBackends } from "../../src/backends/isolated.ts";
import type { RoutedCall } from "../../src/pipeline/call.ts";
import { keepingLog } from "../observe/log_lines.ts";
import { assertReason } from "./connected.ts";
import { FakeTransport } from "./fake_transport.ts";
import { routedCall } from "./routed_call.ts";

/** A 2025 server in a child of its own, played by the test: `hold` is not answered, `ask` asks for the roots. */
class FakeServer extends FakeTransport {
  readonly conversation: string;

  constructor(conversation: string) {
    super("stdio");
    this.conversation = conversation;
    this.onSend = (frame) => {
      if (frame.kind === "response") this.answers(this.requests("tools/call").at(-1)!.id, {});
      if (frame.kind !== "request") return undefined;
      const { id, method, params } = frame;
      queueMicrotask(() => {
        if (method === "initialize") this.answers(id, INITIALIZED);
        else if (params?.name === "ask") {
          this.says({ kind: "request", id: "q", method: "roots/list", params: {} });
        } else if (params?.name !== "hold") this.answers(id, { of: this.conversation });
      });
      return undefined;
    };
  }
}

const INITIALIZED: JsonObject = {
  protocolVersion: "2025-11-25",
  capabilities: { tools: {} },
  serverInfo: { name: "fake", version: "1" },
};

/** Backends of clients that call; ended at the end of the block. */
class Subject implements AsyncDisposable {
  readonly servers: FakeServer[] = [];
  readonly isolated: IsolatedBackends;

  constructor(max: number, idle_seconds = 60) {
    this.isolated = new IsolatedBackends({
      server: "files",
      max,
      idle_seconds,
      create: ({ conversation, client }) =>
        new Backend({
          id: "files",
          protocol: "2025",
          timeouts: { connect_seconds: 5, call_seconds: 5, call_max_seconds: 5 },
          restarts: {
            min_delay_seconds: 60,
            max_delay_seconds: 60,
            crash_loop_after: 5,
            stable_seconds: 60,
          },
          questions: { answer_seconds: 60, max_waiting: 1 },
          capabilities: client.capabilities,
          clientInfo: { name: "test", version: "1" },
          connect: () => {
            const server = new FakeServer(conversation);
            this.servers.push(server);
            return server;
          },
          log: keepingLog(),
          onEvent() {},
          onGap() {},
          onState() {},
          onStderr() {},
        }),
    });
  }

  call(conversation: string, name = "t", parts: Partial<RoutedCall> = {}): Promise<Reply> {
    const client = { info: undefined, capabilities: { roots: {} } };
    const params = { name, ...parts.params };
    return this.isolated.handle(routedCall({ conversation, client, ...parts, params }));
  }

  /** The conversations whose servers run, oldest first. */
  get running(): readonly string[] {
    return this.servers.filter(({ closings }) => closings === 0).map((server) =>
      server.conversation
    );
  }

  async until(look: () => boolean): Promise<void> {
    while (!look()) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.isolated.close();
  }
}

Deno.test("IsolatedBackends gives each conversation its own server, and the same again", async () => {
  await using subject = new Subject(10);
  const replies = await Promise.all(["a", "b", "a", "b"].map((name) => subject.call(name)));
  assertEquals(
    replies,
    ["a", "b", "a", "b"].map((of) => ({ kind: "result" as const, result: { of } })),
  );
  assertEquals(subject.running, ["a", "b"]);
  assertEquals(
    subject.servers.map((server) => server.requests("initialize")[0]?.params?.capabilities),
    [{ roots: {} }, { roots: {} }],
  );
});

Deno.test("IsolatedBackends ends the longest idle one to make room", async () => {
  await using subject = new Subject(2);
  await subject.call("a");
  await subject.call("b");
  await subject.call("a");
  await subject.call("c");
  assertEquals(subject.running, ["a", "c"]);
});

Deno.test("IsolatedBackends refuses one more client when all are busy, and ends nobody's call", async () => {
  await using subject = new Subject(2);
  const cancel = new AbortController();
  const held = subject.call("a", "hold", { signal: cancel.signal });
  await subject.call("b", "ask");
  const error = await assertReason(subject.call("c"), "overloaded");
  assert(error.message.includes('"files"'), error.message);
  assertEquals(subject.running, ["a", "b"]);
  cancel.abort();
  await assertReason(held, "cancelled");
  assertEquals(await subject.call("c"), { kind: "result", result: { of: "c" } });
  assertEquals(subject.running, ["b", "c"]);
});

Deno.test("IsolatedBackends ends those that were idle for long, and none that waits for an answer", async () => {
  await using subject = new Subject(10, 0.05);
  const asked = await subject.call("a", "ask");
  assert(asked.kind === "input_required");
  const cancel = new AbortController();
  const held = subject.call("b", "hold", { signal: cancel.signal });
  await subject.call("c");
  await subject.until(() => !subject.running.includes("c"));
  assertEquals(subject.running, ["a", "b"]);
  cancel.abort();
  await assertReason(held, "cancelled");
  const { requestState } = asked.result;
  const answered = await subject.call("a", "ask", {
    params: { name: "ask", requestState, inputResponses: { q1: { roots: [] } } },
  });
  assertEquals(answered, { kind: "result", result: {} });
  await subject.until(() => subject.running.length === 0);
  assertEquals(await subject.call("a"), { kind: "result", result: { of: "a" } });
  assertEquals(subject.running, ["a"]);
});

Deno.test("IsolatedBackends does not take the state of another client's call", async () => {
  await using subject = new Subject(10);
  const asked = await subject.call("a", "ask");
  assert(asked.kind === "input_required");
  const { requestState } = asked.result;
  const params = { name: "ask", requestState, inputResponses: { q1: { roots: [] } } };
  await assertReason(subject.call("b", "ask", { params }), "invalid_params");
  assertEquals(await subject.call("a", "ask", { params }), { kind: "result", result: {} });
});

Deno.test("IsolatedBackends asks no more than it may at once, and the call goes on", async () => {
  await using subject = new Subject(10);
  await subject.call("a", "ask");
  assertEquals(await subject.call("a", "ask"), { kind: "result", result: {} });
  const [answer] = subject.servers[0]!.sent.filter((frame) => frame.kind === "response");
  assert(answer?.outcome.error?.message.includes("Too many"));
});

Deno.test("IsolatedBackends starts nothing once it is closed", async () => {
  const subject = new Subject(10);
  await subject.call("a");
  await subject.isolated.close();
  await assertReason(subject.call("b"), "backend_unavailable");
  assertEquals([subject.servers.length, subject.running], [1, []]);
});
