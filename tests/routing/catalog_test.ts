import { assert, assertEquals } from "@std/assert";
import type { JsonObject } from "../../src/mcp/frames.ts";
import type { ListKind } from "../../src/mcp/message.ts";
import { failure, FakeUpstream, named, resources, result, templates } from "./fake_upstream.ts";
import { Routing } from "./routing.ts";

Deno.test.sanitizer({ ops: true, resources: true });

async function keys(routing: Routing, kind: ListKind, scope?: string): Promise<string[]> {
  const { merged } = await routing.catalog.list(kind, scope);
  return merged.items.map(({ publicKey }) => publicKey);
}

Deno.test("Catalog lists what all servers offer, or one alone without prefixes", async () => {
  const a = new FakeUpstream("a", { tools: named("x"), prompts: named("p") });
  const b = new FakeUpstream("b", { tools: named("x") });
  using routing = new Routing([a, b]);
  assertEquals(await keys(routing, "tools"), ["a__x", "b__x"]);
  assertEquals(await keys(routing, "tools", "b"), ["x"]);
  assertEquals(await keys(routing, "prompts"), ["a__p"]);
  assertEquals(await keys(routing, "prompts", "b"), []);
  assertEquals(await keys(routing, "tools", "nobody"), []);
  assertEquals([a.readings("tools"), b.readings("tools")], [1, 1]);
});

Deno.test("Catalog finds tools by their public and by their prefixed names", async () => {
  const servers = () => [
    new FakeUpstream("a", { tools: named("x", "constructor") }),
    new FakeUpstream("b", { tools: named("x", "y") }),
  ];
  const found = async (routing: Routing, name: string, scope?: string) => {
    const target = await routing.catalog.named("tools", name, scope);
    return target && `${target.server} ${target.key}`;
  };
  using always = new Routing(servers());
  using never = new Routing(servers(), { prefix: "never" });
  using conflict = new Routing(servers(), { prefix: "conflict" });
  for (
    const [name, ...expected] of [
      ["a__x", "a x", "a x", "a x"],
      ["b__x", "b x", "b x", "b x"],
      ["x", undefined, "a x", undefined],
      ["y", undefined, "b y", "b y"],
      ["b__y", "b y", "b y", "b y"],
      ["constructor", undefined, "a constructor", "a constructor"],
      ["a__constructor", "a constructor", "a constructor", "a constructor"],
      ["__proto__", undefined, undefined, undefined],
      ["toString", undefined, undefined, undefined],
      ["a__nothing", undefined, undefined, undefined],
      ["c__x", undefined, undefined, undefined],
    ] as const
  ) {
    const each = [always, never, conflict].map((routing) => found(routing, name));
    assertEquals(await Promise.all(each), expected as (string | undefined)[]);
  }
  assertEquals(await found(always, "x", "b"), "b x");
  assertEquals(await found(always, "b__x", "b"), "b x");
  assertEquals(await found(always, "a__x", "b"), undefined);
});

Deno.test("Catalog hides tools that the configuration does not allow, and keeps them hidden by any name", async () => {
  const a = new FakeUpstream("a", { tools: named("read", "write", "write_all") });
  using routing = new Routing([a], { filters: { a: { allow: ["*"], deny: ["write*"] } } });
  assertEquals(await keys(routing, "tools"), ["a__read"]);
  assertEquals(await keys(routing, "tools", "a"), ["read"]);
  for (const name of ["a__write", "write", "a__write_all"]) {
    assertEquals(await routing.catalog.named("tools", name, undefined), undefined);
    assertEquals(await routing.catalog.named("tools", name, "a"), undefined);
  }
  assertEquals(routing.catalog.hidden("a").map(({ name }) => name), ["write", "write_all"]);
  assertEquals(routing.catalog.counts("a").tools, 1);
});

Deno.test("Catalog asks no server twice for a name it knows, and not at all for one it has", async () => {
  const a = new FakeUpstream("a", { tools: named("x") }, { tools: {} });
  using routing = new Routing([a], { lists: { ttl_seconds: 0 } });
  assertEquals(routing.catalog.namedNow("tools", "a__x", undefined), undefined);
  await routing.catalog.list("tools", undefined);
  assert(await routing.catalog.named("tools", "a__x", undefined));
  assertEquals(a.readings("tools"), 1);
});

/** A server that has not started yet. */
function starting(id: string, offers = { tools: named("x") }) {
  const upstream = new FakeUpstream(id, offers);
  const { capabilities } = upstream;
  const { promise, resolve } = Promise.withResolvers<void>();
  Object.assign(upstream, { isUp: false, capabilities: undefined, settled: promise });
  const settle = (isUp: boolean) => {
    if (isUp) Object.assign(upstream, { isUp, capabilities });
    resolve();
  };
  return { upstream, settle };
}

Deno.test("Catalog waits for servers that are starting", async () => {
  const { upstream, settle } = starting("a");
  using routing = new Routing([upstream, new FakeUpstream("b", { tools: named("y") })], {
    lists: { startup_wait_seconds: 10 },
  });
  const listed = keys(routing, "tools");
  const unknown = routing.catalog.named("tools", "a__x", undefined);
  settle(true);
  assertEquals(await listed, ["a__x", "b__y"]);
  assertEquals((await unknown)?.item, { name: "x" });
});

Deno.test("Catalog waits no longer than it is told, and not for servers out of its scope", async () => {
  const { upstream } = starting("a");
  using routing = new Routing([upstream, new FakeUpstream("b", { tools: named("y") })]);
  assertEquals(await keys(routing, "tools"), ["b__y"]);
  using patient = new Routing([upstream, new FakeUpstream("b", { tools: named("y") })], {
    lists: { startup_wait_seconds: 600 },
  });
  assertEquals(await keys(patient, "tools", "b"), ["y"]);
});

Deno.test("Catalog does not wait for servers that have failed", async () => {
  const { upstream, settle } = starting("a");
  using routing = new Routing([upstream], { lists: { startup_wait_seconds: 600 } });
  settle(false);
  assertEquals(await keys(routing, "tools"), []);
});

for (
  const { desc, name, scope, found } of [
    { desc: "a prefixed name", name: "a__x", found: { server: "a", key: "x", item: {} } },
    {
      desc: "a name at its address",
      name: "x",
      scope: "a",
      found: { server: "a", key: "x", item: {} },
    },
    { desc: "a name without a prefix", name: "x", found: undefined },
    { desc: "a name that is not allowed", name: "a__secret", found: undefined },
    { desc: "a name at another address", name: "a__x", scope: "b", found: undefined },
    { desc: "a name of a server nobody has", name: "c__x", found: undefined },
    { desc: "a name of a server that is up", name: "b__x", found: undefined },
  ] as const
) {
  Deno.test(`Catalog sends ${desc} ${found ? "" : "not "}to a server that never was up`, async () => {
    const { upstream, settle } = starting("a");
    settle(false);
    using routing = new Routing([upstream, new FakeUpstream("b", { tools: [] })], {
      filters: { a: { allow: ["*"], deny: ["secret"] } },
    });
    assertEquals(await routing.catalog.named("tools", name, scope), found);
  });
}

Deno.test("Catalog does not guess names of a server that was up and is lost", async () => {
  const a = new FakeUpstream("a", { tools: named("x") });
  using routing = new Routing([a]);
  await routing.catalog.list("tools", undefined);
  a.isUp = false;
  assertEquals((await routing.catalog.named("tools", "a__x", undefined))?.key, "x");
  assertEquals(await routing.catalog.named("tools", "a__y", undefined), undefined);
});

for (
  const { desc, others, expected } of [
    { desc: "one alone", others: [], expected: { ttlMs: 60_000, cacheScope: "private" } },
    {
      desc: "the least of all",
      others: [{ tools: named("y"), ttlMs: 500, cacheScope: "public" }],
      expected: { ttlMs: 500, cacheScope: "private" },
    },
    {
      desc: "a server that has none of this kind, which does not count",
      others: [undefined],
      expected: { ttlMs: 60_000, cacheScope: "private" },
    },
  ] as const
) {
  Deno.test(`Catalog says how fresh a list is: ${desc}`, async () => {
    const servers = others.map((answer, at) => {
      const other = new FakeUpstream(
        `o${at}`,
        answer === undefined ? { prompts: [] } : { tools: [] },
      );
      if (answer !== undefined) other.onCall = () => result(answer as JsonObject);
      return other;
    });
    using routing = new Routing([new FakeUpstream("a", { tools: named("x") }), ...servers]);
    assertEquals((await routing.catalog.list("tools", undefined)).freshness, expected);
  });
}

Deno.test("Catalog calls a list public only where all who share in it do", async () => {
  const servers = ["a", "b"].map((id) => {
    const server = new FakeUpstream(id, { tools: [] });
    server.onCall = () => result({ tools: named("x"), cacheScope: "public" });
    return server;
  });
  using routing = new Routing([...servers, new FakeUpstream("c", { prompts: [] })]);
  assertEquals((await routing.catalog.list("tools", undefined)).freshness.cacheScope, "public");
  servers[1]!.onCall = () => result({ tools: named("x") });
  routing.catalog.changed("b", "tools");
  assertEquals((await routing.catalog.list("tools", undefined)).freshness.cacheScope, "private");
});

Deno.test("Catalog vouches for nothing while a server is down or nobody has the kind", async () => {
  const a = new FakeUpstream("a", { tools: named("x") });
  const { upstream: never, settle } = starting("n");
  settle(false);
  using routing = new Routing([a, never]);
  const none = { ttlMs: 0, cacheScope: "private" } as const;
  assertEquals((await routing.catalog.list("tools", undefined)).freshness, none);
  using nobody = new Routing([new FakeUpstream("b")]);
  assertEquals((await nobody.catalog.list("tools", undefined)).freshness, none);
});

Deno.test("Catalog reports what is hidden once, and what cannot be read", async () => {
  const a = new FakeUpstream("a", { tools: named("x y", "ok"), prompts: [] });
  a.onCall = ({ method }) => method === "prompts/list" ? failure({ message: "Broken" }) : undefined;
  using routing = new Routing([a]);
  await routing.catalog.gap("a");
  await routing.catalog.gap("a");
  const hidden = routing.log.lines.filter(({ message }) => message === "Hidden from clients");
  assertEquals(hidden.map(({ fields }) => fields.name), ["x y"]);
  assertEquals(routing.catalog.hidden("a").map(({ kind, name }) => `${kind} ${name}`), [
    "tools x y",
    "prompts (list)",
  ]);
  assertEquals(routing.catalog.counts("a"), {
    tools: 1,
    prompts: 0,
    resources: 0,
    resourceTemplates: 0,
  });
});

for (
  const { desc, uri, scope, expected } of [
    { desc: "listed by one", uri: "f:/a", expected: ["a f:/a"] },
    { desc: "listed by both, of the first", uri: "f:/both", expected: ["a f:/both"] },
    { desc: "that is qualified", uri: "only1mcp+b:f:/both", expected: ["b f:/both"] },
    { desc: "that is qualified and nobody lists", uri: "only1mcp+b:new:1", expected: ["b new:1"] },
    {
      desc: "that is qualified for a server nobody has, as any URI",
      uri: "only1mcp+zz:x",
      expected: ["a only1mcp+zz:x", "b only1mcp+zz:x", "t only1mcp+zz:x"],
    },
    {
      desc: "that another gateway behind this one has qualified",
      uri: "only1mcp+inner:x",
      expected: ["b only1mcp+inner:x"],
    },
    { desc: "that only a template fits", uri: "note:/12", expected: ["t note:/12"] },
    { desc: "of a template that is qualified", uri: "only1mcp+t:note:/1", expected: ["t note:/1"] },
    { desc: "nobody lists", uri: "new:1", expected: ["a new:1", "b new:1", "t new:1"] },
    { desc: "at the address of the other", uri: "f:/both", scope: "b", expected: ["b f:/both"] },
    { desc: "at an address without it", uri: "f:/a", scope: "b", expected: ["b f:/a"] },
    { desc: "at an address without resources", uri: "f:/a", scope: "p", expected: [] },
    {
      desc: "qualified for another than the address",
      uri: "only1mcp+a:f:/a",
      scope: "b",
      expected: [],
    },
  ] as const
) {
  Deno.test(`Catalog finds the servers of a resource ${desc}`, async () => {
    using routing = new Routing([
      new FakeUpstream("a", { resources: resources("f:/a", "f:/both") }),
      new FakeUpstream("b", { resources: resources("f:/both", "only1mcp+inner:x") }),
      new FakeUpstream("p", { prompts: [] }),
      new FakeUpstream("t", { resourceTemplates: templates("note:/{id}") }),
    ]);
    const targets = await routing.catalog.resource(uri, scope);
    assertEquals(targets.map(({ server, key }) => `${server} ${key}`), [...expected]);
  });
}

Deno.test("Catalog finds the server of a template by the template itself", async () => {
  using routing = new Routing([
    new FakeUpstream("a", { resourceTemplates: templates("n:{x}") }),
    new FakeUpstream("b", { resourceTemplates: templates("n:{x}", "m:{x}") }),
  ]);
  const found = async (template: string, scope?: string) => {
    const target = await routing.catalog.template(template, scope);
    return target && `${target.server} ${target.key}`;
  };
  assertEquals(await found("n:{x}"), "a n:{x}");
  assertEquals(await found("only1mcp+b:n:{x}"), "b n:{x}");
  assertEquals(await found("m:{x}"), "b m:{x}");
  assertEquals(await found("n:{x}", "b"), "b n:{x}");
  assertEquals(await found("n:1"), undefined);
});
