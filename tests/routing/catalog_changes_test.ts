import { assertEquals } from "@std/assert";
import { FakeUpstream, named, resources, result, templates } from "./fake_upstream.ts";
import { Listening, Routing } from "./routing.ts";

// What becomes of it when servers say that their lists changed, or come back after a while.

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("Catalog makes one change of a burst, reads the list once, and tells afterwards", async () => {
  const a = new FakeUpstream("a", { tools: named("x") });
  using routing = new Routing([a]);
  await routing.catalog.list("tools", undefined);
  a.offers = { tools: named("x", "y") };
  const told = routing.nextChange();
  for (let n = 0; n < 20; n++) routing.catalog.changed("a", "tools");
  assertEquals([routing.changes, a.readings("tools")], [[], 1]);
  await told;
  assertEquals([routing.changes, a.readings("tools")], [["a tools"], 2]);
  assertEquals(routing.catalog.counts("a").tools, 2);
});

Deno.test("Catalog keeps changes of different lists and servers apart", async () => {
  const servers = ["a", "b"].map((id) => new FakeUpstream(id, { tools: [], prompts: [] }));
  using routing = new Routing(servers);
  routing.catalog.changed("a", "tools");
  routing.catalog.changed("b", "tools");
  routing.catalog.changed("a", "prompts");
  while (routing.changes.length < 3) await routing.nextChange();
  assertEquals(routing.changes.toSorted(), ["a prompts", "a tools", "b tools"]);
});

Deno.test("Catalog tells of a change that comes after the last was told", async () => {
  const a = new FakeUpstream("a", { tools: [] });
  using routing = new Routing([a]);
  for (let n = 0; n < 2; n++) {
    const told = routing.nextChange();
    routing.catalog.changed("a", "tools");
    await told;
  }
  assertEquals(routing.changes, ["a tools", "a tools"]);
});

Deno.test("Catalog reads templates again with the resources", async () => {
  const a = new FakeUpstream("a", { resources: [], resourceTemplates: [] });
  using routing = new Routing([a]);
  await routing.catalog.list("resourceTemplates", undefined);
  a.offers = { resources: resources("x:1"), resourceTemplates: templates("y:{z}") };
  const told = routing.nextChange();
  routing.catalog.changed("a", "resources");
  await told;
  const { resources: one, resourceTemplates: other } = routing.catalog.counts("a");
  assertEquals([one, other], [1, 1]);
});

Deno.test("Catalog gives nobody the old list once a change was announced", async () => {
  const a = new FakeUpstream("a", { tools: named("x") });
  using routing = new Routing([a]);
  await routing.catalog.list("tools", undefined);
  a.offers = { tools: named("y") };
  routing.catalog.changed("a", "tools");
  const { merged } = await routing.catalog.list("tools", undefined);
  assertEquals(merged.items.map(({ publicKey }) => publicKey), ["a__y"]);
});

Deno.test("Catalog passes changes on to those who listen, in their scope", async () => {
  const a = new FakeUpstream("a", { tools: [] });
  using routing = new Routing([a, new FakeUpstream("b", { tools: [] })]);
  const [all, onlyB] = await Promise.all([
    Listening.open(routing, { toolsListChanged: true }),
    Listening.open(routing, { toolsListChanged: true }, "b"),
  ]);
  const told = routing.nextChange();
  routing.catalog.changed("a", "tools");
  await told;
  assertEquals([all.news, onlyB.news], [[{ kind: "list_changed", list: "tools" }], []]);
});

Deno.test("gap() reads all lists of a server again and tells of those that differ", async () => {
  const a = new FakeUpstream("a", {
    tools: named("x"),
    prompts: named("p"),
    resources: [],
    resourceTemplates: [],
  });
  using routing = new Routing([a]);
  await routing.catalog.gap("a");
  assertEquals(routing.changes, ["a tools", "a prompts"]);
  await routing.catalog.gap("a");
  assertEquals(routing.changes.length, 2);
  a.offers = { ...a.offers, prompts: named("q"), resourceTemplates: templates("x:{y}") };
  await routing.catalog.gap("a");
  assertEquals(routing.changes.slice(2), ["a prompts", "a resources"]);
});

Deno.test("gap() forgets what a server no longer offers", async () => {
  const a = new FakeUpstream("a", { tools: named("x") });
  using routing = new Routing([a]);
  await routing.catalog.gap("a");
  a.capabilities = {};
  await routing.catalog.gap("a");
  assertEquals([routing.changes, routing.catalog.counts("a").tools], [["a tools", "a tools"], 0]);
});

Deno.test("gap() of a server that is down again changes nothing", async () => {
  const a = new FakeUpstream("a", { tools: named("x") });
  using routing = new Routing([a]);
  await routing.catalog.gap("a");
  a.isUp = false;
  await routing.catalog.gap("a");
  assertEquals([routing.changes, routing.catalog.counts("a").tools], [["a tools"], 1]);
});

Deno.test("gap() waits for a reading under way and reads once more", async () => {
  const a = new FakeUpstream("a", { tools: [] });
  const { promise, resolve } = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  a.onCall = async () => {
    begun.resolve();
    await promise;
    a.onCall = () => undefined;
    return result({ tools: named("old") });
  };
  using routing = new Routing([a]);
  const listed = routing.catalog.list("tools", undefined);
  await begun.promise;
  const gone = routing.catalog.gap("a");
  a.offers = { tools: named("new") };
  resolve();
  await Promise.all([listed, gone]);
  assertEquals(routing.catalog.namedNow("tools", "a__new", undefined)?.key, "new");
  assertEquals(routing.catalog.namedNow("tools", "a__old", undefined), undefined);
});

Deno.test("Catalog that is closed tells of no more changes and leaves no timer", () => {
  const a = new FakeUpstream("a", { tools: [] });
  using routing = new Routing([a]);
  routing.catalog.changed("a", "tools");
  routing.catalog.close();
  assertEquals(routing.changes, []);
});

Deno.test("Catalog lists the same bytes whichever server answers first", async () => {
  const bytes: string[] = [];
  for (const slow of ["a", "b"]) {
    const servers = ["a", "b"].map((id) => new FakeUpstream(id, { tools: named("y", "x") }));
    const { promise, resolve } = Promise.withResolvers<undefined>();
    servers.find(({ id }) => id === slow)!.onCall = () => promise as never;
    servers.find(({ id }) => id !== slow)!.onCall = () => {
      resolve(undefined);
      return undefined;
    };
    using routing = new Routing(servers);
    bytes.push(JSON.stringify(await routing.ask("tools/list")));
  }
  assertEquals(bytes[0], bytes[1]);
});
