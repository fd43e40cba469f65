import { assertEquals } from "@std/assert";
import { edgeShape } from "../../src/edge/options.ts";
import { serveStdio } from "../../src/gateway/stdio.ts";
import { keepingLog } from "../observe/log_lines.ts";
import { frame2026, INITIALIZE, list, tell } from "../edge/client.ts";
import { ok } from "../edge/fake_desk.ts";
import { within } from "../e2e/within.ts";
import { FakeGateway } from "./fake_gateway.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const encoder = new TextEncoder();

/** One client at the pipes: what it says goes in, what it hears is kept. */
function client(gateway = new FakeGateway(), write?: (text: string) => Promise<void>) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const bytes = ReadableStream.from(readable);
  const input = new ReadableStream({
    type: "bytes",
    async start(controller) {
      for await (const chunk of bytes) controller.enqueue(chunk);
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
  const log = keepingLog();
  const heard: string[] = [];
  const done = serveStdio(gateway, {
    options: edgeShape.parse({}),
    input,
    write: write ?? ((text) => {
      heard.push(text);
      return Promise.resolve();
    }),
  }, log);
  const writer = writable.getWriter();
  const say = (value: unknown) =>
    writer.write(encoder.encode(typeof value === "string" ? value : JSON.stringify(value) + "\n"));
  const leave = async () => {
    await writer.close();
    await within("serving ends", done, 5000);
    return heard.map((line) => JSON.parse(line));
  };
  return { gateway, log, say, leave, heard };
}

Deno.test("serveStdio() answers what came before the end, one line each", async () => {
  const { say, leave, heard, gateway } = client();
  await say(INITIALIZE);
  await say(tell("notifications/initialized"));
  await say(list(1));
  await say(frame2026("tools/list", {}, 2));
  const answers = await leave();
  assertEquals(answers.map(({ id }) => id).toSorted(), [0, 1, 2]);
  assertEquals(
    heard.every((line) => line.endsWith("\n") && line.indexOf("\n") === line.length - 1),
    true,
  );
  assertEquals([gateway.subscriptionsEnded, gateway.closings], [1, 0]);
});

Deno.test("serveStdio() waits for calls in flight when its input ends", async () => {
  const { say, leave, gateway } = client();
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof ok>>();
  gateway.desk.onCall = () => promise;
  const arrival = gateway.desk.arrival();
  await say(list(1));
  await arrival;
  const answers = leave();
  resolve(ok({ late: true }));
  assertEquals((await answers).map(({ result }) => result), [{ late: true }]);
});

Deno.test("serveStdio() takes a last line without a newline", async () => {
  const { say, leave } = client();
  await say(JSON.stringify(list(1)));
  assertEquals((await leave()).length, 1);
});

Deno.test("serveStdio() refuses a message that is too large, and goes on", async () => {
  const { say, leave, log } = client();
  await say(
    `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"${"x".repeat(10_485_760)}"}}\n`,
  );
  await say(list(2));
  const [refusal, answer] = await leave();
  assertEquals(refusal.error.data.reason, "payload_too_large");
  assertEquals(answer.id, 2);
  assertEquals(log.lines.map(({ severity }) => severity), ["warn"]);
});

Deno.test("serveStdio() ends all the same when its client does not read", async () => {
  const { say, leave, log } = client(new FakeGateway(), () => Promise.reject(new Error("pipe")));
  await say(list(1));
  await say(list(2));
  await leave();
  assertEquals(log.lines.map(({ message }) => message), ["Client does not read its answers"]);
});

Deno.test("serveStdio() gives up a client that takes nothing, though it has not hung up", async () => {
  const gateway = new FakeGateway();
  gateway.desk.onCall = () => ok({ tools: [], filler: "x".repeat(8 * 1024 * 1024) });
  const { say, leave, log } = client(gateway, () => new Promise(() => {}));
  for (let id = 1; id <= 6; id++) await say(list(id));
  await leave();
  assertEquals(log.lines.map(({ message }) => message), ["Client does not read its answers"]);
});
