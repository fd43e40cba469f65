import { assert, assertEquals } from "@std/assert";
import { type Json, listed, textOf } from "./answer.ts";
import { Client2026 } from "./client_2026.ts";
import { fixtureEntry } from "./fixture_entry.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { Session2025 } from "./session_2025.ts";
import { sharedGateway } from "./shared_gateway.ts";

// Lists and names, with the servers that make gateways lose or mix them up.

Deno.test.sanitizer({ ops: true, resources: true });

const COLLIDING = [
  fixtureEntry("a", "collide", { args: ["--name", "a"] }),
  fixtureEntry("b", "collide", { args: ["--name", "b"] }),
];

const shared = sharedGateway(() => ({
  lists: { max_pages: 20 },
  servers: [
    fixtureEntry("many", "many_tools"),
    fixtureEntry("loop", "cursor_loop"),
    fixtureEntry("endless", "cursor_loop", { args: ["--mode", "endless"] }),
    fixtureEntry("liar", "false_capabilities"),
    fixtureEntry("object", "constructor_tool"),
    fixtureEntry("filtered", "many_tools", {
      more: { tools: { allow: ["tool_00?", "tool_1*"], deny: ["tool_003"] } },
    }),
    ...COLLIDING,
  ],
}), { servers: 8 });

async function toolsOf(server: string): Promise<readonly string[]> {
  const names = listed(await new Client2026(shared().url).request("tools/list"), "tools", "name");
  return names.filter((name) => name.startsWith(`${server}__`));
}

Deno.test("lists hold all 120 tools of a server with five pages, in order", async () => {
  const expected = Array.from(
    { length: 120 },
    (_, index) => `many__tool_${String(index + 1).padStart(3, "0")}`,
  );
  assertEquals(await toolsOf("many"), expected);
  const client = new Client2026(shared().url);
  assertEquals(textOf(await client.call("many__tool_120")), "tool_120");
  const session = await Session2025.open(`${shared().url}/many`);
  assertEquals(listed(await session.request("tools/list"), "tools", "name").length, 120);
});

Deno.test("lists of a server that never ends them are cut, and the log says so", async () => {
  assertEquals(await toolsOf("loop"), ["loop__first", "loop__second"]);
  const endless = await toolsOf("endless");
  assertEquals(endless.length, 20);
  const client = new Client2026(shared().url);
  assertEquals(textOf(await client.call("endless__first")), "first");
  await shared().logged(/List is cut short server=loop .*repeats a cursor/);
  await shared().logged(/List is cut short server=endless .*20 pages/);
});

Deno.test("lists of a server that announces what it lacks are empty, and its tools work", async () => {
  const client = new Client2026(`${shared().url}/liar`);
  assertEquals(listed(await client.request("tools/list"), "tools", "name"), ["works"]);
  assertEquals(textOf(await client.call("works")), "works");
  assertEquals(listed(await client.request("prompts/list"), "prompts", "name"), []);
  assertEquals(listed(await client.request("resources/list"), "resources", "uri"), []);
  const session = await Session2025.open(`${shared().url}/liar`);
  await session.request("logging/setLevel", { level: "debug" });
  assertEquals(textOf(await session.call("works")), "works");
});

Deno.test("lists hold tools named like members of objects, and none with unfit names", async () => {
  const fit = ["__proto__", "constructor", "hasOwnProperty", "plain", "toString", "valueOf"];
  assertEquals(await toolsOf("object"), fit.map((name) => `object__${name}`));
  const client = new Client2026(shared().url);
  const session = await Session2025.open(shared().url);
  const scoped = new Client2026(`${shared().url}/object`);
  for (const name of fit) {
    assertEquals(textOf(await client.call(`object__${name}`)), `called ${name}`);
    assertEquals(textOf(await session.call(`object__${name}`)), `called ${name}`);
    assertEquals(textOf(await scoped.call(name)), `called ${name}`);
  }
  for (const name of ["constructor", "__proto__", "toString", "object__", "object__has space"]) {
    assertEquals((await session.call(name)).error?.code, -32602, name);
  }
  await shared().logged(/Hidden from clients server=object kind=tools name="has space"/);
});

Deno.test("lists hold only the tools that the configuration allows, and only those can be called", async () => {
  const names = await toolsOf("filtered");
  assertEquals(names.length, 8 + 21);
  assert(!names.includes("filtered__tool_003") && names.includes("filtered__tool_100"));
  const client = new Client2026(shared().url);
  assertEquals(textOf(await client.call("filtered__tool_120")), "tool_120");
  const denied = await client.call("filtered__tool_003");
  const unknown = await client.call("filtered__tool_999");
  assertEquals(denied.error?.code, -32602);
  assertEquals(denied.text.replace("003", "999").replace('"id":2', '"id":3'), unknown.text);
});

Deno.test("lists are the same, byte for byte, whoever asks and however often", async () => {
  const client = new Client2026(shared().url);
  const session = await Session2025.open(shared().url);
  const texts = new Set<string>();
  for (let round = 0; round < 3; round++) {
    for (const asker of [client, session]) {
      const { result } = await asker.request("tools/list");
      texts.add(JSON.stringify(result?.tools));
    }
  }
  assertEquals(texts.size, 1);
});

Deno.test("servers with the same resources are told apart by qualified URIs", async () => {
  const uri = "test://shared/readme";
  for (
    const client of [new Client2026(shared().url), await Session2025.open(shared().url)]
  ) {
    const uris = listed(await client.request("resources/list"), "resources", "uri");
    assertEquals(uris.length, 2);
    assertEquals(uris[0], uri);
    const read = async (uri: string) => {
      const { result } = await client.request("resources/read", { uri });
      const [content] = result?.contents as readonly Json[];
      return [content?.text, content?.uri];
    };
    assertEquals(await read(uri), ["a", uri]);
    assertEquals(await read(uris[1]!), ["b", uris[1]]);
    const templates = await client.request("resources/templates/list");
    const [, second] = listed(templates, "resourceTemplates", "uriTemplate");
    assertEquals(await read(second!.replace("{path}", "x/y")), [
      "b",
      second!.replace("{path}", "x/y"),
    ]);
  }
  await shared().logged(/Hidden from clients server=b kind=resources/);
});

for (
  const { prefix, names, calls } of [
    {
      prefix: "always",
      names: ["a__only_a", "a__search", "b__only_b", "b__search"],
      calls: { a__search: "a", b__search: "b", search: undefined, only_b: undefined },
    },
    {
      prefix: "conflict",
      names: ["only_a", "a__search", "only_b", "b__search"],
      calls: { a__search: "a", b__search: "b", only_b: "b", b__only_b: "b", search: undefined },
    },
    {
      prefix: "never",
      names: ["only_a", "search", "only_b"],
      calls: { search: "a", a__search: "a", b__search: "b", only_b: "b", b__only_b: "b" },
    },
  ] as const
) {
  Deno.test(`servers with the same tools are told apart with naming.prefix ${prefix}`, async () => {
    await using gateway = await GatewayProcess.start({ naming: { prefix }, servers: COLLIDING });
    await gateway.up(2);
    const client = new Client2026(gateway.url);
    assertEquals(listed(await client.request("tools/list"), "tools", "name"), names);
    for (const [name, answer] of Object.entries(calls)) {
      const reply = await client.call(name);
      assertEquals(reply.error === undefined ? textOf(reply) : undefined, answer, name);
    }
    const prompts = listed(await client.request("prompts/list"), "prompts", "name");
    assertEquals(prompts, prefix === "never" ? ["review"] : ["a__review", "b__review"]);
    assertEquals(
      (await client.request("prompts/get", { name: "b__review" })).text.includes('"b"'),
      true,
    );
    if (prefix === "never") {
      await gateway.logged(/Hidden from clients server=b kind=tools name=search/);
    }
  });
}

Deno.test("a server that starts slowly does not hold up the others, and joins when it is up", async () => {
  await using gateway = await GatewayProcess.start({
    lists: { startup_wait_seconds: 0.2 },
    servers: [
      fixtureEntry("slow", "slow_start", { args: ["--delay-ms", "3000"] }),
      fixtureEntry("a", "collide"),
    ],
  });
  const began = performance.now();
  await gateway.up(1);
  const client = new Client2026(gateway.url);
  await using changes = await client.listen({ toolsListChanged: true });
  await changes.message();
  const early = listed(await client.request("tools/list"), "tools", "name");
  assertEquals(early, ["a__only_a", "a__search"]);
  assertEquals(textOf(await client.call("a__search")), "a");
  assert(performance.now() - began < 2500, "nothing waited for the slow server");
  assertEquals((await changes.message()).method, "notifications/tools/list_changed");
  assertEquals(textOf(await client.call("slow__awake")), "awake");
  const late = listed(await client.request("tools/list"), "tools", "name");
  assertEquals(late, ["slow__awake", ...early]);
});
