import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { INITIALIZE, list, opened, request, seen, tell } from "./client.ts";
import { FakeDesk, untilLeft } from "./fake_desk.ts";
import { SseReader } from "./sse_reader.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** A client of 2024-11-05 with its stream open. */
async function connected(desk: FakeDesk, path = "/sse") {
  const app = opened(desk);
  const reader = new SseReader(await app.fetch(request(path)));
  const endpoint = await reader.next();
  const post = (value: unknown, at = endpoint!.data) =>
    seen(app.fetch(request(at, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof value === "string" ? value : JSON.stringify(value),
    })));
  return { app, reader, endpoint, post, [Symbol.dispose]: () => app.close() };
}

Deno.test("SseEndpoint says first where to post, under an id nobody guesses", async () => {
  using c = await connected(new FakeDesk());
  assertEquals(c.endpoint?.event, "endpoint");
  assertMatch(c.endpoint?.data ?? "", /^\/messages\?session_id=[A-Za-z0-9_-]{43}$/);
  assertEquals(c.reader.response.headers.get("x-accel-buffering"), "no");
});

Deno.test("SseEndpoint answers on the stream, in the scope of its address", async () => {
  const desk = new FakeDesk();
  using c = await connected(desk, "/sse/b");
  const params = { ...INITIALIZE.params, protocolVersion: "2024-11-05" };
  assertEquals((await c.post({ ...INITIALIZE, params })).status, 202);
  const answer = await c.reader.next();
  assertEquals(answer?.event, "message");
  assertEquals(JSON.parse(answer!.data).result.protocolVersion, "2024-11-05");
  await c.post(list("x"));
  assertEquals(await c.reader.message(), {
    jsonrpc: "2.0",
    id: "x",
    result: { did: "tools/list" },
  });
  assertEquals(desk.last.scope, "b");
});

Deno.test("SseEndpoint delivers what belongs to requests and to none on the one stream", async () => {
  const desk = new FakeDesk();
  using c = await connected(desk);
  await c.post(tell("notifications/initialized"));
  desk.of("subscriptions/listen")[0]!.emit({ kind: "list_changed", list: "tools" });
  assertEquals((await c.reader.message())?.method, "notifications/tools/list_changed");
  desk.onCall = (call) => {
    call.emit({ kind: "progress", params: { progress: 1 } });
    return undefined;
  };
  await c.post({ ...list(), params: { _meta: { progressToken: 5 } } });
  assertEquals((await c.reader.message())?.params, { progressToken: 5, progress: 1 });
  assertEquals((await c.reader.message())?.id, 1);
});

for (
  const { desc, value, at, status, reason } of [
    {
      desc: "no session",
      value: list(),
      at: "/messages",
      status: 404,
      reason: "session_not_found",
    },
    {
      desc: "an unknown session",
      value: list(),
      at: "/messages?session_id=x",
      status: 404,
      reason: "session_not_found",
    },
    {
      desc: "a session by a method's name",
      value: list(),
      at: "/messages?session_id=__proto__",
      status: 404,
      reason: "session_not_found",
    },
    { desc: "no JSON", value: "{", status: 400, reason: "parse_error" },
    { desc: "no message", value: { id: 1 }, status: 400, reason: "invalid_request" },
    { desc: "a batch", value: [list()], status: 400, reason: "invalid_request" },
    {
      desc: "too much",
      value: { ...list(), params: { a: "x".repeat(2000) } },
      status: 413,
      reason: "payload_too_large",
    },
  ]
) {
  Deno.test(`SseEndpoint answers ${desc} with ${status}`, async () => {
    using c = await connected(new FakeDesk({ max_request_size_bytes: 1024 }));
    const answer = await c.post(value, at ?? c.endpoint!.data);
    assertEquals([answer.status, answer.json.error.data.reason], [status, reason]);
  });
}

Deno.test("SseEndpoint cancels on notice and says nothing more of it", async () => {
  const desk = new FakeDesk();
  desk.onCall = untilLeft;
  using c = await connected(desk);
  await c.post(list(1));
  const [call] = desk.calls;
  assertEquals((await c.post(tell("notifications/cancelled", { requestId: 1 }))).status, 202);
  assert(call!.signal.aborted);
  desk.onCall = () => undefined;
  await c.post(list(2));
  assertEquals((await c.reader.message())?.id, 2);
});

Deno.test("SseEndpoint ends a session with its stream, and all that is under way", async () => {
  const desk = new FakeDesk();
  using c = await connected(desk);
  await c.post(tell("notifications/initialized"));
  desk.onCall = untilLeft;
  await c.post(list());
  await c.reader.leave();
  assertEquals(desk.calls.map(({ signal }) => signal.aborted), [true, true]);
  assertEquals((await c.post(list())).status, 404);
});

Deno.test("SseEndpoint opens no more streams than sessions are allowed", async () => {
  const desk = new FakeDesk({ sessions: { max: 1 } });
  using c = await connected(desk);
  const refused = await seen(c.app.fetch(request("/sse")));
  assertEquals([refused.status, refused.json.error.data.reason], [503, "overloaded"]);
  assertEquals(refused.headers.get("retry-after"), "10");
  await c.reader.leave();
  const response = await c.app.fetch(request("/sse"));
  assertEquals(response.status, 200);
});

Deno.test("SseEndpoint answers a bug without detail and logs it", async () => {
  const desk = new FakeDesk();
  desk.onCall = () => {
    throw new TypeError("secret place");
  };
  using c = await connected(desk);
  assertEquals((await c.post(list())).status, 202);
  const answer = JSON.stringify(await c.reader.message());
  assertMatch(answer, /"id":1,"error":\{"code":-32603/);
  assertNotMatch(answer, /secret/);
  assertMatch(String(desk.log.lines.at(-1)?.fields.error), /secret place/);
});
