import { assertEquals, assertRejects } from "@std/assert";
import { KeepAlive, SseStream } from "../../src/edge/sse_stream.ts";
import { SseReader } from "./sse_reader.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const MIB = 1024 * 1024;

function opened(keepAlive = new KeepAlive(10_000)) {
  const closings: string[] = [];
  const stream = new SseStream(keepAlive, () => closings.push("closed"));
  return { stream, closings };
}

for (
  const { desc, event, text } of [
    { desc: "data alone", event: { data: "a" }, text: "data: a\n\n" },
    { desc: "an id", event: { data: "a", id: "s1-2" }, text: "id: s1-2\ndata: a\n\n" },
    { desc: "a name", event: { data: "a", event: "x" }, text: "event: x\ndata: a\n\n" },
    {
      desc: "no data, to prime a client",
      event: { data: "", id: "s1-0" },
      text: "id: s1-0\ndata: \n\n",
    },
    { desc: "what is not ASCII", event: { data: "é\u2028" }, text: "data: é\u2028\n\n" },
  ]
) {
  Deno.test(`SseStream writes an event with ${desc}`, async () => {
    const { stream, closings } = opened();
    stream.send(event);
    stream.end();
    assertEquals(await stream.response().text(), text);
    assertEquals([stream.isOpen, closings], [false, []]);
  });
}

Deno.test("SseStream tells proxies not to hold it back, and nobody to keep it", async () => {
  const { stream } = opened();
  const { status, headers, body } = stream.response({ "mcp-session-id": "x" });
  assertEquals([status, headers.get("content-type")], [200, "text/event-stream"]);
  assertEquals(headers.get("x-accel-buffering"), "no");
  assertEquals(headers.get("cache-control"), "no-store");
  assertEquals(headers.get("mcp-session-id"), "x");
  await body?.cancel();
});

Deno.test("SseStream says once that its client went, and takes no more", async () => {
  const { stream, closings } = opened();
  await stream.body.cancel();
  stream.send({ data: "a" });
  stream.keepAlive();
  stream.end();
  assertEquals([stream.isOpen, closings], [false, ["closed"]]);
});

Deno.test("SseStream that has ended takes no more and ends once", async () => {
  const { stream, closings } = opened();
  stream.end();
  stream.send({ data: "a" });
  stream.keepAlive();
  stream.end();
  assertEquals(await stream.response().text(), "");
  assertEquals(closings, []);
});

Deno.test("SseStream gives a client up that does not read", async () => {
  const { stream, closings } = opened();
  const data = "x".repeat(MIB);
  for (let n = 0; n < 20; n++) stream.send({ data });
  assertEquals([stream.isOpen, closings], [false, ["closed"]]);
  await assertRejects(() => stream.response().text(), Error, "Client does not read");
});

Deno.test("SseStream lets one large message through, before anybody could read", async () => {
  const { stream, closings } = opened();
  const data = "x".repeat(20 * MIB);
  stream.send({ data });
  stream.end();
  assertEquals((await stream.response().text()).length, data.length + "data: \n\n".length);
  assertEquals(closings, []);
});

Deno.test("KeepAlive comments on streams that were silent since it last looked", async () => {
  const keepAlive = new KeepAlive(1);
  const { stream } = opened(keepAlive);
  const reader = new SseReader(stream.response());
  stream.send({ data: "1" });
  assertEquals(await reader.next(), { data: "1" });
  const next = reader.next();
  while (reader.comments < 2) await new Promise((done) => setTimeout(done, 1));
  stream.send({ data: "2" });
  assertEquals(await next, { data: "2" });
  keepAlive.close();
  assertEquals(await reader.next(), undefined);
});

Deno.test("SseStream is silent again only after it said something", async () => {
  const { stream } = opened();
  stream.keepAlive();
  stream.keepAlive();
  stream.send({ data: "a" });
  stream.keepAlive();
  stream.keepAlive();
  stream.end();
  assertEquals(await stream.response().text(), ":\n\n:\n\ndata: a\n\n:\n\n");
});

Deno.test("KeepAlive keeps no timer without streams, and closes all it has", async () => {
  const keepAlive = new KeepAlive(10_000);
  const first = opened(keepAlive);
  const second = opened(keepAlive);
  await first.stream.body.cancel();
  keepAlive.close();
  assertEquals([first.stream.isOpen, second.stream.isOpen], [false, false]);
  // Whoever comes later has a timer again, and takes it along.
  const third = opened(keepAlive);
  third.stream.end();
});
