import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { Children } from "../conformance/children.ts";
import { type Json, type Message, textOf } from "./answer.ts";
import {
  ASKED_EDGES,
  type AskedClient,
  type Elicited,
  MODERN,
  OVER_HTTP,
  type User,
} from "./asked_client.ts";
import { Client2026 } from "./client_2026.ts";
import { EventReader } from "./event_reader.ts";
import { fixtureEntry } from "./fixture_entry.ts";
import { Session2025 } from "./session_2025.ts";
import { sharedGateway } from "./shared_gateway.ts";
import { until } from "./until.ts";

// Questions of servers of both eras, over both transports, to official clients of both eras at every edge.

Deno.test.sanitizer({ ops: true, resources: true });

const root = fromFileUrl(new URL("../../", import.meta.url));
const children = new Children();
const BACKENDS = ["stdio-2025", "http-2025", "stdio-2026", "http-2026"];
let dir = "";

const shared = sharedGateway(async () => {
  dir = await Deno.makeTempDir({ prefix: "only1mcp-e2e-" });
  const config = JSON.stringify({
    questions: { answer_seconds: 20, max_waiting: 300 },
    servers: [
      ...await Promise.all(["2025", "2026"].map(overHttp)),
      ...["2025", "2026"].map((era) => ({
        id: `stdio-${era}`,
        transport: { type: "stdio", command: Deno.execPath(), args: reference("stdio", era) },
      })),
      {
        id: "strict",
        transport: { type: "stdio", command: Deno.execPath(), args: reference("stdio", "2025") },
        isolation: "session",
      },
      fixtureEntry("asks", "asks"),
      fixtureEntry("aloud", "asks_aloud"),
      fixtureEntry("own", "asks_aloud", { more: { isolation: "session" } }),
    ],
  });
  await Deno.writeTextFile(`${dir}/only1mcp.json`, config);
  return `${dir}/only1mcp.json`;
}, { servers: 8 });

Deno.test.afterAll(async () => {
  await children[Symbol.asyncDispose]();
  await Deno.remove(dir, { recursive: true });
});

async function overHttp(era: string): Promise<object> {
  const { url } = await children.serve(reference("http", era), { cwd: root, deadlineMs: 30_000 });
  return { id: `http-${era}`, transport: { type: "streamable_http", url } };
}

function reference(transport: string, era: string): string[] {
  const script = `${root}tests/conformance/reference_server.ts`;
  const flags = ["--quiet", "--no-prompt", "--allow-net=127.0.0.1", "--allow-env", "--allow-read"];
  return ["run", ...flags, "--config", `${root}deno.json`, script, ...[
    ...["--transport", transport, "--era", era],
  ]];
}

function where() {
  return { url: shared().url, config: `${dir}/only1mcp.json` };
}

/** A user who says the same whenever asked. */
function saying(elicited: Elicited): User {
  return { elicit: () => elicited, sample: (prompt) => `You said: ${prompt}` };
}

const FRIENDLY: User = {
  elicit(message) {
    if (/name/.test(message)) return { action: "accept", content: { name: "Ann" } };
    if (/color/.test(message)) return { action: "accept", content: { color: "blue" } };
    if (/context/.test(message)) return { action: "accept", content: { context: "night" } };
    return { action: "accept", content: { username: message, email: "a@example.org" } };
  },
  sample: (prompt) => `You said: ${prompt}`,
};

const UNABLE: User = { ...FRIENDLY, capabilities: {} };

for (const edge of ASKED_EDGES) {
  for (const backend of BACKENDS) {
    Deno.test({
      name: `questions of ${backend} to ${edge.name}`,
      sanitizeOps: edge.leavesTimer !== true,
      sanitizeResources: edge.leavesTimer !== true,
      async fn() {
        await using client = await edge.connect(where(), FRIENDLY);
        const call = async (tool: string, args: Json = {}) =>
          (await client.call(`${backend}__${tool}`, args)).text;
        assertEquals(
          await call("test_elicitation", { message: "Grüße" }),
          'User response: action=accept, content={"username":"Grüße","email":"a@example.org"}',
        );
        assertEquals(await call("test_sampling", { prompt: "Hi" }), "LLM response: You said: Hi");
        const asks = "test_input_required_result";
        assertEquals(await call(`${asks}_list_roots`), "Roots: file:///work");
        assertEquals(
          await call(`${asks}_multiple_inputs`),
          "You said: Generate a greeting Ann, 1 roots",
        );
        assertEquals(await call(`${asks}_multi_round`), "Ann likes blue");
        assertEquals(await client.prompt(`${backend}__${asks}_prompt`), "Use this context: night");
      },
    });
  }

  Deno.test({
    name: `questions that a user of ${edge.name} declines, cancels or fails to answer`,
    sanitizeOps: edge.leavesTimer !== true,
    sanitizeResources: edge.leavesTimer !== true,
    async fn() {
      for (const action of ["decline", "cancel"] as const) {
        await using client = await edge.connect(where(), saying({ action }));
        for (const backend of BACKENDS) {
          const { text } = await client.call(`${backend}__test_elicitation`, { message: "x" });
          assertEquals(text, `User response: action=${action}, content={}`, backend);
        }
      }
      const failing: User = {
        ...FRIENDLY,
        sample() {
          throw new Error("No model today");
        },
      };
      await using client = await edge.connect(where(), failing);
      for (const backend of BACKENDS) {
        // A 2026 client that gives up says so to nobody, and what it left waiting would be in the way on a shared pipe.
        if (edge.era === "2026" && backend === "stdio-2025") continue;
        await assertFails(client, backend, "test_sampling");
      }
    },
  });

  Deno.test({
    name: `questions that ${edge.name} cannot be asked`,
    sanitizeOps: edge.leavesTimer !== true,
    sanitizeResources: edge.leavesTimer !== true,
    async fn() {
      await using client = await edge.connect(where(), UNABLE);
      for (const backend of BACKENDS) {
        await assertFails(client, backend, "test_sampling");
        const { text } = await client.call(`${backend}__test_simple_text`);
        assertEquals(text, "This is a simple text response for testing.");
      }
      for (const tool of ["elicit", "sample", "roots"]) {
        const { text } = await client.call(`asks__${tool}`, { tag: "kept" });
        const { error, tag } = JSON.parse(text);
        assertEquals([error.code, tag], [-32601, "kept"]);
      }
      assertEquals(JSON.parse((await client.call("asks__ping")).text), { result: {} });
    },
  });
}

Deno.test("questions to a 2026 client, after another that cannot be asked used the same process", async () => {
  await using unable = await MODERN.connect(where(), UNABLE);
  await assertFails(unable, "strict", "test_sampling");
  await using client = await MODERN.connect(where(), FRIENDLY);
  const { text } = await client.call("strict__test_sampling", { prompt: "Hi" });
  assertEquals(text, "LLM response: You said: Hi");
});

/** The call ends with an error of some kind, and soon. */
async function assertFails(client: AskedClient, backend: string, tool: string): Promise<void> {
  const began = performance.now();
  const called = await client.call(`${backend}__${tool}`, { prompt: "x" }).catch((error) => error);
  assert(called instanceof Error || called.isError, `${backend}: ${JSON.stringify(called)}`);
  assert(performance.now() - began < 5000, backend);
}

Deno.test("questions that were not answered when a 2025 client cancels reach nobody any more", async () => {
  for (const server of ["aloud", "own"]) {
    const seen = Promise.withResolvers<void>();
    const user: User = {
      ...FRIENDLY,
      elicit() {
        seen.resolve();
        return new Promise(() => {});
      },
    };
    await using client = await OVER_HTTP.connect(where(), user);
    const cancel = new AbortController();
    const call = client.call(`${server}__ask`, { text: "x" }, cancel.signal);
    await seen.promise;
    assertEquals((await client.call(`${server}__cancelled`)).text, "0");
    cancel.abort("enough");
    await assertRejects(() => call);
    await until(
      "the server hears of it",
      async () => (await client.call(`${server}__cancelled`)).text === "1",
    );
    assertEquals((await client.call(`${server}__open`)).text, "0");
  }
});

Deno.test("progress and logs around a question are on the stream of the call, 2025", async () => {
  const session = await Session2025.open(shared().url, { capabilities: { elicitation: {} } });
  const params = {
    name: "own__ask",
    arguments: { text: "Who?" },
    _meta: { progressToken: "p" },
  };
  await using stream = new EventReader(
    await session.post({ jsonrpc: "2.0", id: 7, method: "tools/call", params }),
  );
  const said: string[] = [];
  let question: Message = await stream.message();
  for (; question.method !== "elicitation/create"; question = await stream.message()) {
    said.push(wordOf(question));
  }
  assertEquals(said, ["p 1", "before"]);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const result = { action: "accept", content: { name: "Ann" } };
  await (await session.post({ jsonrpc: "2.0", id: question.id, result })).body?.cancel();
  const rest = await stream.rest();
  assertEquals(rest.slice(0, -1).map(wordOf), ["meanwhile", "p 2", "after"]);
  assertEquals(JSON.parse(textOf(rest.at(-1)!)), { text: "Who?", result });
  await session.delete();
});

Deno.test("progress and logs around a question are on the streams of the call, 2026", async () => {
  const client = new Client2026(shared().url);
  const params = {
    name: "own__ask",
    arguments: { text: "Who?" },
    _meta: {
      progressToken: "p",
      "io.modelcontextprotocol/logLevel": "info",
      "io.modelcontextprotocol/clientCapabilities": { elicitation: {} },
    },
  };
  const asked = await client.request("tools/call", params);
  assertEquals(asked.before.map(wordOf), ["p 1", "before"]);
  const { inputRequests, requestState, resultType } = asked.result ?? {};
  assertEquals(resultType, "input_required");
  const [key] = Object.keys(inputRequests as Json);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const result = { action: "accept", content: { name: "Ann" } };
  const retry = { ...params, inputResponses: { [key!]: result }, requestState };
  const [first, second] = await Promise.all([1, 2].map(() => client.request("tools/call", retry)));
  const [won, lost] = first!.error === undefined ? [first!, second!] : [second!, first!];
  assertEquals(won.before.map(wordOf), ["meanwhile", "p 2", "after"]);
  assertEquals(JSON.parse(textOf(won)), { text: "Who?", result });
  assertEquals([lost.error?.code, lost.before], [-32602, []]);
});

/** What a notification says. */
function wordOf({ params = {} }: Message): string {
  return "progress" in params ? `${params.progressToken} ${params.progress}` : String(params.data);
}

const CROWDS = [
  { desc: "2025, a process for each", edge: OVER_HTTP, tool: "own__ask", mayRefuse: false },
  { desc: "2025, one server over HTTP", edge: OVER_HTTP, tool: undefined, mayRefuse: false },
  { desc: "2026, one server over HTTP", edge: MODERN, tool: undefined, mayRefuse: false },
  { desc: "2026, one process", edge: MODERN, tool: "own__ask", mayRefuse: true },
  { desc: "2025, one process", edge: OVER_HTTP, tool: "aloud__ask", mayRefuse: true },
];

for (const { desc, edge, tool, mayRefuse } of CROWDS) {
  Deno.test(`answers of two clients never cross: ${desc}`, async () => {
    // The SDK's clients number their requests alike.
    await Promise.all(["ann", "bob"].map(async (name) => {
      const answer = (message: string) =>
        tool === undefined ? { username: `${name} ${message}`, email: "a@b.cc" } : {
          name: `${name} ${message}`,
        };
      const user: User = {
        ...FRIENDLY,
        elicit: (message) => ({ action: "accept", content: answer(message) }),
      };
      await using client = await edge.connect(where(), user);
      let next = 0;
      const work = async () => {
        while (next < 100) {
          const text = `${name}-${next++}`;
          const called = tool === undefined
            ? await client.call("http-2025__test_elicitation", { message: text })
            : await client.call(tool, { text, quiet: true });
          if (mayRefuse && JSON.parse(called.text).error !== undefined) {
            assertMatch(called.text, /isolation: session/);
          } else assert(called.text.includes(`"${name} ${text}"`), `${text}: ${called.text}`);
        }
      };
      await Promise.all(Array.from({ length: 8 }, work));
    }));
  });
}
