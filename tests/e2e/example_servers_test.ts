import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { fromFileUrl } from "@std/path";
import { EDGES, type OfficialClient } from "./official_client.ts";
import { sharedGateway } from "./shared_gateway.ts";

// The four real servers of config.example.yaml, over every edge, with the official clients.

Deno.test.sanitizer({ ops: true, resources: true });

const config = fromFileUrl(new URL("../../config.example.yaml", import.meta.url));
// The first start of all downloads the servers.
const shared = sharedGateway(() => config, { servers: 4, maxMs: 240_000 });

const SERVERS = ["everything", "memory", "sequential-thinking", "filesystem"];
const GRAPH = "memory://knowledge-graph";
const HELLO = "Hello from a file that the example's filesystem server may read.";

Deno.test("example servers through MCP Inspector's command line", async () => {
  // Not a dependency of the project; the newest that was tried.
  const inspector = "npm:@modelcontextprotocol/inspector@2.12.0";
  const inspect = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--allow-all", "--no-config", "--no-lock", inspector, "--cli"],
        ...[shared().url, "--transport", "http", ...args],
      ],
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    assertEquals(code, 0, text + new TextDecoder().decode(stderr));
    return text;
  };
  const tools = await inspect("--method", "tools/list");
  for (const id of SERVERS) assertStringIncludes(tools, `"name": "${id}__`);
  const call = ["--method", "tools/call", "--tool-name", "everything__echo", "--tool-arg"];
  assertStringIncludes(await inspect(...call, "message=hello"), "Echo: hello");
  assertStringIncludes(await inspect("--method", "resources/list"), GRAPH);
});

for (const edge of EDGES) {
  Deno.test({
    name: `example servers through ${edge.name}`,
    // That timer would also be seen as a leak of the next test.
    sanitizeOps: edge.leavesTimer !== true,
    sanitizeResources: edge.leavesTimer !== true,
    async fn(t) {
      await using client = await edge.connect({ url: shared().url, config });
      if (client.version !== undefined) assertEquals(client.version, edge.version);
      for (const [name, run] of STEPS) {
        // The connection goes on from step to step; what counts is what the whole leaves behind.
        await t.step({
          name,
          fn: () => run(client),
          sanitizeOps: false,
          sanitizeResources: false,
        });
      }
    },
  });
}

const STEPS: readonly (readonly [string, (client: OfficialClient) => Promise<void>])[] = [
  ["lists what all of them offer", lists],
  ["calls tools of each", calls],
  ["reads, prompts and completes", reads],
  ["reports progress and cancels", waits],
  ["says no to what does not exist", refuses],
];

async function lists(client: OfficialClient): Promise<void> {
  const tools = (await client.tools()).map(({ name }) => name);
  const owners = tools.map((name) => name.split("__")[0]!);
  assertEquals([...new Set(owners)], SERVERS);
  const counts = SERVERS.map((id) => owners.filter((owner) => owner === id).length);
  assert(counts.every((count) => count > 0) && counts[0]! >= 10, String(counts));
  assertEquals(new Set(tools).size, tools.length);
  assertEquals((await client.tools()).map(({ name }) => name), tools);
  const prompts = (await client.prompts()).map(({ name }) => name);
  assert(prompts.includes("everything__simple-prompt"), String(prompts));
  const uris = (await client.resources()).map(({ uri }) => uri);
  assert(uris.includes(GRAPH) && uris.includes("demo://resource/static/document/features.md"));
  const templates = (await client.templates()).map(({ uriTemplate }) => uriTemplate);
  assert(templates.includes("demo://resource/dynamic/text/{resourceId}"), String(templates));
}

async function calls(client: OfficialClient): Promise<void> {
  assertEquals((await client.call("everything__echo", { message: "Grüße" })).text, "Echo: Grüße");
  assertStringIncludes((await client.call("everything__get-sum", { a: 2, b: 40 })).text, "42");
  const weather = await client.call("everything__get-structured-content", { location: "Chicago" });
  assertEquals(Object.keys(weather.structured as object).sort(), [
    "conditions",
    "humidity",
    "temperature",
  ]);
  assertStringIncludes((await client.call("everything__get-tiny-image")).text, "image/png");

  const name = `e2e ${crypto.randomUUID()}`;
  const entities = [{ name, entityType: "test", observations: ["seen"] }];
  assertEquals((await client.call("memory__create_entities", { entities })).isError, false);
  assertStringIncludes((await client.call("memory__search_nodes", { query: name })).text, "seen");
  await client.call("memory__delete_entities", { entityNames: [name] });
  assert(!(await client.call("memory__read_graph")).text.includes(name));

  const thought = { thought: "One", thoughtNumber: 1, totalThoughts: 1, nextThoughtNeeded: false };
  const thinking = await client.call("sequential-thinking__sequentialthinking", thought);
  assertStringIncludes(thinking.text, '"thoughtNumber": 1');

  const path = "hello.txt";
  assertStringIncludes((await client.call("filesystem__read_text_file", { path })).text, HELLO);
  const outside = await client.call("filesystem__read_text_file", { path: "/etc/passwd" });
  assert(outside.isError, outside.text);
}

async function reads(client: OfficialClient): Promise<void> {
  assertMatch(await client.read("demo://resource/static/document/features.md"), /./);
  assertMatch(await client.read("demo://resource/dynamic/text/7"), /Resource 7/);
  assertMatch(await client.read(GRAPH), /entities/);
  assertMatch(await client.prompt("everything__simple-prompt"), /./);
  const args = { city: "Vienna", state: "" };
  assertStringIncludes(await client.prompt("everything__args-prompt", args), "Vienna");
  const name = "everything__completable-prompt";
  assertEquals(await client.complete(name, "department", "Eng"), ["Engineering"]);
  await client.setLevel();
}

async function waits(client: OfficialClient): Promise<void> {
  const seen: number[] = [];
  const name = "everything__trigger-long-running-operation";
  const done = await client.call(name, { duration: 0.3, steps: 3 }, {
    onprogress: ({ progress }) => seen.push(progress),
  });
  assertMatch(done.text, /completed/i);
  // The SDK's clients drop what comes in one read with the answer.
  assert(seen.length >= 2, String(seen));
  assertEquals(seen, [1, 2, 3].slice(0, seen.length));
  const cancel = new AbortController();
  const began = performance.now();
  const long = client.call(name, { duration: 20, steps: 200 }, {
    signal: cancel.signal,
    onprogress: () => cancel.abort("enough"),
  });
  await assertRejects(() => long);
  assert(performance.now() - began < 5000);
}

async function refuses(client: OfficialClient): Promise<void> {
  const nothing = ["everything__nothing", "nobody__echo", "echo", "constructor", ""];
  for (const name of nothing) {
    const error = await assertRejects(() => client.call(name), Error);
    assertMatch(String((error as { code?: unknown }).code), /^-3260[12]$/, `${name}: ${error}`);
  }
  await assertRejects(() => client.prompt("everything__nothing"));
  await assertRejects(() => client.read("demo://nothing/at/all"));
  const wrong = await client.call("everything__get-sum", { a: "x" }).catch((error) => error);
  assert(wrong instanceof Error || wrong.isError);
  assertEquals((await client.call("everything__echo", { message: "still" })).text, "Echo: still");
}
