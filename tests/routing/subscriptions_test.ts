import { assertEquals, assertStrictEquals } from "@std/assert";
import { assertReason } from "./assert_reason.ts";
import { FakeUpstream, resources, result, templates } from "./fake_upstream.ts";
import { Listening, Routing } from "./routing.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** A server that offers all kinds. */
const EVERYTHING = { tools: [], prompts: [], resources: resources("file:///a") };
const ALL = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };

for (
  const { desc, notifications } of [
    { desc: "nothing", notifications: undefined },
    { desc: "null", notifications: null },
    { desc: "a list", notifications: [] },
    { desc: "URIs that are no list", notifications: { resourceSubscriptions: "file:///a" } },
    { desc: "URIs that are no texts", notifications: { resourceSubscriptions: ["a", 1] } },
    {
      desc: "1001 URIs",
      notifications: { resourceSubscriptions: Array.from({ length: 1001 }, (_, n) => `a:${n}`) },
    },
  ]
) {
  Deno.test(`listen() refuses a filter that is ${desc}`, async () => {
    using routing = new Routing([]);
    const listening = new Listening(routing, notifications);
    await assertReason(listening.reply, "invalid_params");
    assertEquals(listening.events, []);
  });
}

for (
  const { desc, wished, agreed } of [
    { desc: "nothing", wished: {}, agreed: {} },
    { desc: "everything", wished: ALL, agreed: ALL },
    {
      desc: "only what is exactly true",
      wished: { toolsListChanged: true, promptsListChanged: "true", resourcesListChanged: false },
      agreed: { toolsListChanged: true },
    },
    {
      desc: "no kinds it does not know",
      wished: { taskChanged: true, __proto__x: true },
      agreed: {},
    },
    {
      desc: "each resource once",
      wished: { resourceSubscriptions: ["file:///a", "file:///a"] },
      agreed: { resourceSubscriptions: ["file:///a"] },
    },
    { desc: "no empty list of resources", wished: { resourceSubscriptions: [] }, agreed: {} },
  ]
) {
  Deno.test(`listen() agrees to ${desc}`, async () => {
    using routing = new Routing([new FakeUpstream("a", EVERYTHING)]);
    const listening = await Listening.open(routing, wished);
    assertEquals(listening.events, [{ kind: "acknowledged", filter: agreed }]);
    listening.leave();
    await assertReason(listening.reply, "cancelled");
  });
}

Deno.test("listen() agrees to no list that no server has, and to all while one may still offer it", async () => {
  const a = new FakeUpstream("a", { tools: [] });
  using routing = new Routing([a]);
  const known = await Listening.open(routing, ALL);
  a.capabilities = undefined;
  const unknown = await Listening.open(routing, ALL);
  assertEquals([known, unknown].map(({ events }) => events), [
    [{ kind: "acknowledged", filter: { toolsListChanged: true } }],
    [{ kind: "acknowledged", filter: ALL }],
  ]);
  for (const listening of [known, unknown]) {
    listening.leave();
    await assertReason(listening.reply, "cancelled");
  }
});

Deno.test("listen() leaves out resources that no server announces", async () => {
  const a = new FakeUpstream("a", { resources: resources("file:///yes", "file:///no") });
  a.onWatch = (uri) => uri === "file:///yes" ? Promise.resolve() : Promise.reject(new Error("no"));
  using routing = new Routing([a]);
  const listening = await Listening.open(routing, {
    resourceSubscriptions: ["file:///no", "file:///yes", "only1mcp+nobody:file:///yes"],
  });
  assertEquals(listening.events, [
    { kind: "acknowledged", filter: { resourceSubscriptions: ["file:///yes"] } },
  ]);
  routing.subscriptions.close();
  assertEquals(await listening.reply, result({}));
  assertEquals(a.watches.filter((watch) => watch.startsWith("-")), ["-file:///yes"]);
});

Deno.test("listen() asks the next server when one does not announce a resource nobody lists", async () => {
  const [a, b] = ["a", "b"].map((id) => new FakeUpstream(id, { resources: [] }));
  a!.onWatch = () => Promise.reject(new Error("no"));
  using routing = new Routing([a!, b!]);
  const listening = await Listening.open(routing, { resourceSubscriptions: ["x:1"] });
  assertEquals([a!.watches, b!.watches], [["+x:1"], ["+x:1"]]);
  routing.subscriptions.updated("a", { uri: "x:1" });
  routing.subscriptions.updated("b", { uri: "x:1" });
  assertEquals(listening.news, [{ kind: "resource_updated", params: { uri: "x:1" } }]);
});

Deno.test("listen() shares one subscription at a server and ends it with the last who wants it", async () => {
  const a = new FakeUpstream("a", { resources: resources("file:///a") });
  using routing = new Routing([a]);
  const wish = { resourceSubscriptions: ["file:///a"] };
  const [first, second] = await Promise.all([
    Listening.open(routing, wish),
    Listening.open(routing, wish),
  ]);
  assertEquals(a.watches, ["+file:///a"]);
  first.leave();
  await assertReason(first.reply, "cancelled");
  assertEquals(a.watches, ["+file:///a"]);
  routing.subscriptions.updated("a", { uri: "file:///a" });
  assertEquals([first.news.length, second.news.length], [0, 1]);
  second.leave();
  await assertReason(second.reply, "cancelled");
  assertEquals(a.watches, ["+file:///a", "-file:///a"]);
  const third = await Listening.open(routing, wish);
  assertEquals(a.watches, ["+file:///a", "-file:///a", "+file:///a"]);
  assertEquals(third.news, []);
});

Deno.test("listen() shares a refusal too, and asks again afterwards", async () => {
  const a = new FakeUpstream("a", { resources: resources("file:///a") });
  const { promise, reject } = Promise.withResolvers<void>();
  a.onWatch = () => promise;
  using routing = new Routing([a]);
  const wish = { resourceSubscriptions: ["file:///a"] };
  const both = [new Listening(routing, wish), new Listening(routing, wish)];
  await routing.catalog.list("resources", undefined);
  reject(new Error("no"));
  await Promise.all(both.map(({ acknowledged }) => acknowledged));
  assertEquals(both.map(({ events }) => events), [
    [{ kind: "acknowledged", filter: {} }],
    [{ kind: "acknowledged", filter: {} }],
  ]);
  assertEquals(a.watches, ["+file:///a"]);
  a.onWatch = () => Promise.resolve();
  await Listening.open(routing, wish);
  assertEquals(a.watches, ["+file:///a", "+file:///a"]);
});

Deno.test("listen() that is left while a server still ponders ends cleanly and leaks no subscription", async () => {
  const a = new FakeUpstream("a", EVERYTHING);
  const { promise, resolve } = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  a.onWatch = () => {
    asked.resolve();
    return promise;
  };
  using routing = new Routing([a]);
  const listening = new Listening(routing, { resourceSubscriptions: ["file:///a"] });
  await asked.promise;
  listening.leave();
  // Long enough for an unhandled rejection to be noticed.
  await new Promise((done) => setTimeout(done, 0));
  resolve();
  await assertReason(listening.reply, "cancelled");
  assertEquals([listening.events, a.watches], [[], ["+file:///a", "-file:///a"]]);
});

Deno.test("listen() that is left while a server still ponders does not end it for others", async () => {
  const a = new FakeUpstream("a", EVERYTHING);
  const { promise, resolve } = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  a.onWatch = () => {
    asked.resolve();
    return promise;
  };
  using routing = new Routing([a]);
  const wish = { resourceSubscriptions: ["file:///a"] };
  const [leaver, stayer] = [new Listening(routing, wish), new Listening(routing, wish)];
  await asked.promise;
  leaver.leave();
  resolve();
  await assertReason(leaver.reply, "cancelled");
  await stayer.acknowledged;
  assertEquals(a.watches, ["+file:///a"]);
});

Deno.test("listen() of a caller that has left already is refused", async () => {
  using routing = new Routing([]);
  const signal = AbortSignal.abort();
  await assertReason(
    routing.ask("subscriptions/listen", { notifications: ALL }, { signal }),
    "cancelled",
  );
});

Deno.test("listen() tells nothing before the acknowledgment", async () => {
  const a = new FakeUpstream("a", EVERYTHING);
  const { promise, resolve } = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  a.onWatch = () => {
    asked.resolve();
    return promise;
  };
  using routing = new Routing([a]);
  const listening = new Listening(routing, { ...ALL, resourceSubscriptions: ["file:///a"] });
  await asked.promise;
  routing.subscriptions.listChanged("a", "tools");
  routing.subscriptions.updated("a", { uri: "file:///a" });
  resolve();
  await listening.acknowledged;
  routing.subscriptions.listChanged("a", "tools");
  assertEquals(listening.events.map(({ kind }) => kind), ["acknowledged", "list_changed"]);
});

Deno.test("listChanged() reaches those who want the list and may see the server", async () => {
  using routing = new Routing([
    new FakeUpstream("a", EVERYTHING),
    new FakeUpstream("b", EVERYTHING),
  ]);
  const all = await Listening.open(routing, ALL);
  const onlyTools = await Listening.open(routing, { toolsListChanged: true });
  const onlyB = await Listening.open(routing, ALL, "b");
  for (const list of ["tools", "prompts", "resources"] as const) {
    routing.subscriptions.listChanged("a", list);
  }
  routing.subscriptions.listChanged("b", "prompts");
  const lists = ({ news }: Listening) =>
    news.map((event) => event.kind === "list_changed" ? event.list : event.kind);
  assertEquals([all, onlyTools, onlyB].map(lists), [
    ["tools", "prompts", "resources", "prompts"],
    ["tools"],
    ["prompts"],
  ]);
});

for (
  const { desc, wished, updated, told } of [
    { desc: "the resource itself", wished: "f:/a", updated: "f:/a", told: "f:/a" },
    { desc: "what lies below it", wished: "f:/a", updated: "f:/a/b/c", told: "f:/a/b/c" },
    { desc: "what lies below a folder", wished: "f:/a/", updated: "f:/a/b", told: "f:/a/b" },
    { desc: "not a neighbour", wished: "f:/a", updated: "f:/ab", told: undefined },
    { desc: "not what lies above", wished: "f:/a/b", updated: "f:/a", told: undefined },
    {
      desc: "a resource under the name it was asked for",
      wished: "only1mcp+a:f:/a",
      updated: "f:/a/b",
      told: "only1mcp+a:f:/a/b",
    },
    { desc: "nothing without a URI", wished: "f:/a", updated: 7, told: undefined },
  ]
) {
  Deno.test(`updated() tells of ${desc}`, async () => {
    using routing = new Routing([new FakeUpstream("a", { resources: [] })]);
    const listening = await Listening.open(routing, { resourceSubscriptions: [wished] });
    routing.subscriptions.updated("a", { uri: updated, title: "kept" });
    routing.subscriptions.updated("b", { uri: updated });
    assertEquals(
      listening.news,
      told === undefined
        ? []
        : [{ kind: "resource_updated", params: { uri: told, title: "kept" } }],
    );
  });
}

Deno.test("updated() tells of a resource under each name it was asked for, and once for each", async () => {
  const a = new FakeUpstream("a", { resourceTemplates: templates("f:/{+path}") });
  using routing = new Routing([a]);
  const listening = await Listening.open(routing, {
    resourceSubscriptions: ["f:/", "f:/a", "only1mcp+a:f:/a"],
  });
  routing.subscriptions.updated("a", { uri: "f:/a" });
  const uris = listening.news.map((event) =>
    event.kind === "resource_updated" ? event.params.uri : event.kind
  );
  assertEquals(uris.sort(), ["f:/a", "only1mcp+a:f:/a"]);
});

Deno.test("listen() of one server's address reaches no other server's resources", async () => {
  const [a, b] = ["a", "b"].map((id) => new FakeUpstream(id, { resources: resources("f:/x") }));
  using routing = new Routing([a!, b!]);
  const listening = await Listening.open(routing, {
    resourceSubscriptions: ["f:/x", "only1mcp+a:f:/x"],
  }, "b");
  assertEquals(listening.events, [
    { kind: "acknowledged", filter: { resourceSubscriptions: ["f:/x"] } },
  ]);
  assertEquals([a!.watches, b!.watches], [[], ["+f:/x"]]);
});

Deno.test("close() ends all subscriptions with a result, and those to come at once", async () => {
  const a = new FakeUpstream("a", { resources: resources("f:/x") });
  using routing = new Routing([a]);
  const open = await Listening.open(routing, { resourceSubscriptions: ["f:/x"] });
  routing.subscriptions.close();
  assertEquals(await open.reply, result({}));
  assertEquals(a.watches, ["+f:/x", "-f:/x"]);
  const late = new Listening(routing, ALL);
  assertEquals(await late.reply, result({}));
  assertEquals(late.events.map(({ kind }) => kind), ["acknowledged"]);
});

Deno.test("listen() leaves no listener on the signal of its caller", async () => {
  using routing = new Routing([]);
  const signal = new AbortController().signal;
  const added: string[] = [];
  const removed: string[] = [];
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    added.push(args[0]);
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    removed.push(args[0]);
    removeEventListener.apply(signal, args);
  };
  const acknowledged = Promise.withResolvers<void>();
  const reply = routing.ask("subscriptions/listen", { notifications: {} }, {
    signal,
    emit: () => acknowledged.resolve(),
  });
  await acknowledged.promise;
  routing.subscriptions.close();
  await reply;
  assertStrictEquals(added.length, 1);
  assertEquals(added, removed);
});
