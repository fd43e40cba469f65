import { assertEquals } from "@std/assert";
import { INITIALIZE, list, posting, request, seen, session2025, tell } from "./client.ts";
import { FakeDesk, ok } from "./fake_desk.ts";
import { SseReader } from "./sse_reader.ts";

// Streams and batches: what one POST or GET of 2025 brings more than one message of.

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("McpEndpoint lets a 2025 call go on whose client goes, and gives the rest to who comes back", async () => {
  using s = await session2025(new FakeDesk());
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof ok>>();
  s.desk.onCall = (call) => {
    call.emit({ kind: "log", params: { level: "info", data: 1 } });
    return promise;
  };
  const reader = new SseReader(await s.app.fetch(posting(list(), s.headers)));
  assertEquals(await reader.next(), { id: "s1-0", data: "" });
  assertEquals((await reader.next())?.id, "s1-1");
  await reader.leave();
  assertEquals(s.desk.last.signal.aborted, false);
  resolve(ok({ late: true }));
  const again = { ...s.headers, accept: "text/event-stream", "last-event-id": "s1-1" };
  const rest = await new SseReader(await s.app.fetch(request("/mcp", { headers: again }))).rest();
  assertEquals(rest.map(({ data }) => JSON.parse(data).result), [{ late: true }]);
});

Deno.test("McpEndpoint delivers what belongs to no request on the stream of a GET", async () => {
  using s = await session2025(new FakeDesk());
  await s.app.fetch(posting(tell("notifications/initialized"), s.headers));
  const headers = { ...s.headers, accept: "text/event-stream" };
  const first = new SseReader(await s.app.fetch(request("/mcp", { headers })));
  const listen = s.desk.of("subscriptions/listen");
  assertEquals(listen.length, 1);
  listen[0]!.emit({ kind: "list_changed", list: "tools" });
  assertEquals((await first.message())?.method, "notifications/tools/list_changed");
  const second = new SseReader(await s.app.fetch(request("/mcp", { headers })));
  assertEquals(await first.next(), undefined);
  listen[0]!.emit({ kind: "list_changed", list: "prompts" });
  assertEquals((await second.message())?.method, "notifications/prompts/list_changed");
  await second.leave();
});

for (
  const { desc, headers, status } of [
    { desc: "that takes no stream", headers: { accept: "application/json" }, status: 406 },
    { desc: "without a session", headers: { "mcp-session-id": undefined }, status: 400 },
    { desc: "of an unknown session", headers: { "mcp-session-id": "x" }, status: 404 },
    { desc: "for a stream nobody knows", headers: { "last-event-id": "s77-1" }, status: 400 },
    { desc: "for an event that is not ours", headers: { "last-event-id": "7" }, status: 400 },
  ]
) {
  Deno.test(`McpEndpoint answers a GET ${desc} with ${status}`, async () => {
    using s = await session2025(new FakeDesk());
    const asked = { ...s.headers, accept: "text/event-stream", ...headers };
    assertEquals((await seen(s.app.fetch(request("/mcp", { headers: asked })))).status, status);
  });
}

Deno.test("McpEndpoint answers a batch of 2025-03-26 with a batch", async () => {
  using s = await session2025(new FakeDesk(), "2025-03-26");
  const batch = [list(1), tell("notifications/whatever"), list("b")];
  const { status, json } = await seen(s.app.fetch(posting(batch, s.headers)));
  assertEquals([status, json.map(({ id }: { id: unknown }) => id)], [200, [1, "b"]]);
});

Deno.test("McpEndpoint streams a batch that has more to say, and ends with the last answer", async () => {
  using s = await session2025(new FakeDesk(), "2025-03-26");
  s.desk.onCall = (call) => {
    call.emit({ kind: "log", params: { level: "info" } });
    return ok({});
  };
  const reader = new SseReader(await s.app.fetch(posting([list(1), list(2)], s.headers)));
  const ids = (await reader.rest()).map(({ data }) => JSON.parse(data).id);
  assertEquals(ids, [undefined, undefined, 1, 2]);
});

for (
  const { desc, version = "2025-03-26", batch, status } of [
    { desc: "in a later revision", version: "2025-06-18", batch: [list()], status: 400 },
    { desc: "of nothing", batch: [], status: 400 },
    { desc: "with an id twice", batch: [list(), list()], status: 400 },
    { desc: "with initialize", batch: [INITIALIZE], status: 400 },
    { desc: "with something that is no message", batch: [list(), 7], status: 400 },
    { desc: "of notifications alone", batch: [tell("a"), tell("b")], status: 202 },
  ]
) {
  Deno.test(`McpEndpoint answers a batch ${desc} with ${status}`, async () => {
    using s = await session2025(new FakeDesk(), version);
    assertEquals((await seen(s.app.fetch(posting(batch, s.headers)))).status, status);
  });
}
