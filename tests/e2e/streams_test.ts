import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Answer, type Json, reasonOf, textOf } from "./answer.ts";
import { Client2026 } from "./client_2026.ts";
import { EventReader } from "./event_reader.ts";
import { fixtureEntry } from "./fixture_entry.ts";
import { Session2025 } from "./session_2025.ts";
import { sharedGateway } from "./shared_gateway.ts";
import { until } from "./until.ts";

// Streams over HTTP: what comes before an answer, going away, coming back, and cancelling.

Deno.test.sanitizer({ ops: true, resources: true });

const shared = sharedGateway(() => ({
  server: { keep_alive_seconds: 1 },
  servers: [
    fixtureEntry("work", "progress_log"),
    fixtureEntry("new", "progress_log", { args: ["--era", "2026"] }),
    fixtureEntry("never", "never_answers"),
    fixtureEntry("changer", "list_changer"),
    fixtureEntry("fresh", "list_changer", { args: ["--era", "2026"] }),
    fixtureEntry("watch", "templates"),
    fixtureEntry("late", "wrong_ids"),
  ],
}), { servers: 7 });

/** What the server that never answers has seen: the ids of the calls that hang, and of those cancelled. */
async function report(): Promise<{ hanging: unknown[]; cancelled: unknown[] }> {
  return JSON.parse(textOf(await new Client2026(shared().url).call("never__report")));
}

function progressOf({ before }: Answer): readonly unknown[] {
  return before.filter(({ method }) => method === "notifications/progress")
    .map(({ params }) => [params?.progressToken, params?.progress]);
}

function callFrame(id: number, name: string, args: Json = {}, _meta?: Json): object {
  const params = { name, arguments: args, ..._meta && { _meta } };
  return { jsonrpc: "2.0", id, method: "tools/call", params };
}

for (const server of ["work", "new"]) {
  Deno.test(`streams carry the progress of each call to its caller, server ${server}`, async () => {
    const modern = new Client2026(shared().url);
    const old = await Session2025.open(shared().url);
    const calls = await Promise.all(
      [1, 2, 3, 4].map((token) =>
        (token % 2 === 0 ? modern : old)
          .call(`${server}__work`, { steps: 5 }, { progressToken: `t${token}` })
      ),
    );
    for (const [index, answer] of calls.entries()) {
      assertEquals(textOf(answer), "5 steps");
      assertEquals(progressOf(answer), [1, 2, 3, 4, 5].map((at) => [`t${index + 1}`, at]));
    }
    assertEquals(
      (await old.call(`${server}__work`)).before.filter(({ method }) =>
        method === "notifications/progress"
      ),
      [],
    );
  });
}

Deno.test("streams carry logs at the level that was asked for", async () => {
  const logs = ({ before }: Answer) =>
    before.filter(({ method }) => method === "notifications/message").length;
  const modern = new Client2026(shared().url);
  const level = (name: string) => ({ "io.modelcontextprotocol/logLevel": name });
  for (const server of ["work", "new"]) {
    assertEquals(logs(await modern.call(`${server}__work`)), 0);
    assertEquals(logs(await modern.call(`${server}__work`, {}, level("info"))), 3);
    assertEquals(logs(await modern.call(`${server}__work`, {}, level("error"))), 0);
  }
  const session = await Session2025.open(shared().url);
  assertEquals((await session.request("logging/setLevel", { level: "debug" })).error, undefined);
  assertEquals(logs(await session.call("work__work")), 3);
  await session.request("logging/setLevel", { level: "emergency" });
  assertEquals(logs(await session.call("work__work")), 0);
  assertEquals((await session.request("logging/setLevel", { level: "loud" })).error?.code, -32602);
});

Deno.test("streams are kept alive with comments", async () => {
  const session = await Session2025.open(shared().url);
  await using general = await session.listen();
  const modern = new Client2026(shared().url);
  await using subscription = await modern.listen({ toolsListChanged: true });
  await using waiting = new EventReader(await modern.post("tools/call", { name: "never__hang" }));
  assertEquals((await subscription.message()).method, "notifications/subscriptions/acknowledged");
  for (const stream of [general, subscription, waiting]) {
    assertEquals((await stream.next(3000))?.data, undefined);
  }
});

Deno.test("a 2025 client gets the rest of a stream it lost, answer included", async () => {
  const session = await Session2025.open(shared().url);
  const response = await session.post(callFrame(7, "late__late"));
  let lastEventId: string | undefined;
  {
    // Leaves in the middle of the call; the first event only says where to come back to.
    await using stream = new EventReader(response);
    lastEventId = (await stream.next())?.id;
  }
  assert(lastEventId !== undefined);
  await session.call("late__release");
  await using rest = await session.listen(lastEventId);
  const answer = await rest.message();
  assertEquals([answer.id, textOf(answer)], [7, "late answer"]);
  assertEquals(await rest.next(), undefined);
});

Deno.test("a 2025 client that resumes before the answer gets it live, and nothing twice", async () => {
  const session = await Session2025.open(shared().url);
  const seen: (string | undefined)[] = [];
  {
    await using stream = new EventReader(await session.post(callFrame(9, "late__late")));
    seen.push((await stream.next())?.id);
  }
  await using resumed = await session.listen(seen[0]);
  await session.call("late__release");
  const answer = await resumed.message();
  assertEquals(textOf(answer), "late answer");
  await using again = await session.listen(answer.eventId);
  assertEquals(await again.rest(), []);
});

Deno.test("an event id is good for its own session and stream only", async () => {
  const session = await Session2025.open(shared().url);
  const work = await session.post(callFrame(1, "work__work", {}, { progressToken: 1 }));
  await using stream = new EventReader(work);
  const ids: string[] = [];
  for (let event = await stream.next(); event !== undefined; event = await stream.next()) {
    if (event.id !== undefined) ids.push(event.id);
  }
  assertEquals(new Set(ids).size, ids.length);
  // Another stream of the same session is not replayed with it.
  await session.call("work__work", {}, { progressToken: 2 });
  await using rest = await session.listen(ids[1]);
  const tokens = (await rest.rest())
    .filter(({ method }) => method !== "notifications/message")
    .map(({ params, id }) => params?.progressToken ?? id);
  assert(tokens.length > 0 && tokens.every((token) => token === 1), JSON.stringify(tokens));

  const stranger = await Session2025.open(shared().url);
  for (const id of [ids[0]!, "nonsense", "g-99999", "s1-0", "__proto__-1"]) {
    const response = await stranger.get(id);
    if (response.status !== 200) await response.body?.cancel();
    else {
      await using reader = new EventReader(response);
      await reader.message(300).then(
        (message) => {
          throw new Error(`Event id ${id} gave ${message.text}`);
        },
        (error) => assertMatch(String(error), /Gave up|Stream ended/),
      );
    }
  }
});

Deno.test("a 2025 client that goes away cancels nothing, one that says so cancels one call", async () => {
  const before = await report();
  const session = await Session2025.open(shared().url);
  const left = new AbortController();
  const first = session.post(callFrame(1, "never__hang"), { signal: left.signal });
  const second = session.post(callFrame(2, "never__hang"));
  const hanging = await until("both calls hang", async () => {
    const { hanging } = await report();
    return hanging.length === before.hanging.length + 2 && hanging.slice(-2);
  });
  left.abort();
  await first.then((response) => response.body?.cancel(), () => {});
  await session.notify("notifications/cancelled", { requestId: 2, reason: "enough" });
  const cancelled = await until("the second call is cancelled", async () => {
    const { cancelled } = await report();
    return cancelled.length > before.cancelled.length && cancelled.slice(before.cancelled.length);
  });
  assertEquals(cancelled.length, 1);
  assert(hanging.includes(cancelled[0]));
  const answer = await (await second).text();
  assert(!answer.includes('"result"') && !answer.includes('"error"'), answer);
  // Ending the session ends what is left.
  await session.delete();
  await until(
    "the first call is cancelled",
    async () => (await report()).cancelled.length === before.cancelled.length + 2,
  );
});

Deno.test("a 2026 client that closes a stream cancels that call and no other", async () => {
  const before = await report();
  const client = new Client2026(shared().url);
  const leaving = new AbortController();
  const staying = new AbortController();
  const hang = (signal: AbortSignal) =>
    client.post("tools/call", { name: "never__hang" }, { signal }).catch(() => undefined);
  const calls = [hang(leaving.signal), hang(staying.signal)];
  await until(
    "both calls hang",
    async () => (await report()).hanging.length === before.hanging.length + 2,
  );
  leaving.abort();
  await until(
    "one is cancelled",
    async () => (await report()).cancelled.length === before.cancelled.length + 1,
  );
  // Also once the answer has become a stream.
  const open = await calls[1];
  assert(open !== undefined);
  assertEquals((await report()).cancelled.length, before.cancelled.length + 1);
  staying.abort();
  await until(
    "the other is cancelled too",
    async () => (await report()).cancelled.length === before.cancelled.length + 2,
  );
  await open.body?.cancel().catch(() => {});
  await calls[0];
});

for (const server of ["changer", "fresh"]) {
  Deno.test(`a changed list of ${server} reaches clients of both eras, once for a burst`, async () => {
    const session = await Session2025.open(shared().url);
    await using general = await session.listen();
    const client = new Client2026(shared().url);
    await using wanted = await client.listen({ toolsListChanged: true });
    await using other = await client.listen({ promptsListChanged: true });
    const acknowledged = await wanted.message();
    assertEquals(acknowledged.params?.notifications, { toolsListChanged: true });
    assertEquals((await other.message()).method, "notifications/subscriptions/acknowledged");
    const lists = async () => Number(textOf(await client.call(`${server}__lists`)));
    const readBefore = await lists();

    await client.call(`${server}__burst`, { count: 50 });
    assertEquals((await general.message()).method, "notifications/tools/list_changed");
    const changed = await wanted.message();
    assertEquals(changed.method, "notifications/tools/list_changed");
    assert("io.modelcontextprotocol/subscriptionId" in (changed.params?._meta as Json));
    const names = (await session.request("tools/list")).text;
    assert(names.includes(`${server}__added_50"`), "the new list is there when it is announced");
    assertEquals(textOf(await session.call(`${server}__added_50`)), "added_50");
    assert(await lists() - readBefore <= 5, "the list was read once or twice, not fifty times");
    // What comes next is of the next change, so the burst gave one message.
    await client.call(`${server}__remove`);
    await general.message();
    const next = (await session.request("tools/list")).text;
    assert(!next.includes(`${server}__added_50"`));
    assertEquals((await session.call(`${server}__added_50`)).error?.code, -32602);
    await assertSilent(other);
  });
}

async function assertSilent(stream: EventReader): Promise<void> {
  for (let at = 0; at < 2; at++) assertEquals((await stream.next(3000))?.data, undefined);
}

Deno.test("updates of a resource reach those who subscribed to it, in both eras", async () => {
  const uri = "test://watched";
  const session = await Session2025.open(shared().url);
  await using general = await session.listen();
  assertEquals((await session.request("resources/subscribe", { uri })).error, undefined);
  const client = new Client2026(shared().url);
  await using stream = await client.listen({ resourceSubscriptions: [uri] });
  const acknowledged = await stream.message();
  assertEquals(acknowledged.params?.notifications, { resourceSubscriptions: [uri] });
  await client.call("watch__touch");
  for (const reader of [general, stream]) {
    const { method, params } = await reader.message();
    assertEquals([method, params?.uri], ["notifications/resources/updated", uri]);
  }
  await session.request("resources/unsubscribe", { uri });
  assertEquals(textOf(await client.call("watch__subscribed")), JSON.stringify([uri]));
  await stream[Symbol.asyncDispose]();
  await until(
    "the server is told that nobody listens",
    async () => textOf(await client.call("watch__subscribed")) === "[]",
  );
});

Deno.test("a 2025 client that opens its general stream again is not told everything again", async () => {
  const session = await Session2025.open(shared().url);
  const client = new Client2026(shared().url);
  let last: string | undefined;
  {
    await using general = await session.listen();
    await client.call("changer__add");
    last = (await general.message()).eventId;
  }
  assert(last !== undefined);
  await using anew = await session.listen();
  await assertSilent(anew);
  await client.call("changer__remove");
  await anew.message();
  await using resumed = await session.listen(last);
  assertEquals((await resumed.message()).method, "notifications/tools/list_changed");
});

Deno.test("calls of a session with the same id at the same time are refused", async () => {
  const session = await Session2025.open(shared().url);
  const first = session.post(callFrame(5, "late__late"));
  await until("the first is under way", async () => {
    const response = await session.post(callFrame(5, "work__work"));
    const text = await response.text();
    return text.includes("-32600");
  });
  await session.call("late__release");
  const text = await (await first).text();
  assert(text.includes("late answer"), text);
});

Deno.test("a subscription that asks for nonsense is refused", async () => {
  const client = new Client2026(shared().url);
  for (const notifications of [undefined, 7, { resourceSubscriptions: "x" }]) {
    const { error } = await client.request("subscriptions/listen", { notifications });
    assertEquals([error?.code], [-32602]);
  }
  assertEquals(reasonOf(await client.call("never__nothing")), "not_found");
});
