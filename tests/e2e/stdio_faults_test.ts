import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { reasonOf, textOf } from "./answer.ts";
import { fromFileUrl } from "@std/path";
import { GATEWAY_PERMISSIONS } from "../../scripts/permissions.ts";
import { Client2026 } from "./client_2026.ts";
import { fixtureEntry } from "./fixture_entry.ts";
import { alive } from "./process_table.ts";
import { Session2025 } from "./session_2025.ts";
import { sharedGateway } from "./shared_gateway.ts";
import { until } from "./until.ts";

// Servers over stdio that break the rules, each in its own way.

Deno.test.sanitizer({ ops: true, resources: true });

const root = fromFileUrl(new URL("../../", import.meta.url));
const shared = sharedGateway(() => ({
  restarts: { min_delay_seconds: 0.05, max_delay_seconds: 0.2, crash_loop_after: 3 },
  servers: [
    fixtureEntry("banner", "banner"),
    fixtureEntry("modern", "banner", { args: ["--era", "2026"] }),
    fixtureEntry("ids", "wrong_ids", { more: { timeouts: { call_seconds: 1 } } }),
    fixtureEntry("numbers", "big_numbers"),
    fixtureEntry("long", "long_line", { more: { timeouts: { call_seconds: 3 } } }),
    fixtureEntry("exits", "exit_mid_call"),
    fixtureEntry("never", "never_answers", { more: { timeouts: { call_seconds: 0.5 } } }),
    fixtureEntry("deaf", "never_reads", { more: { timeouts: { call_seconds: 2 } } }),
    fixtureEntry("crash", "crash_at_start"),
    fixtureEntry("a", "collide"),
  ],
}), { servers: 9 });

Deno.test("a server that prints what is no message works all the same", async () => {
  const client = new Client2026(shared().url);
  for (const server of ["banner", "modern"]) {
    for (let round = 0; round < 20; round++) {
      assertEquals(textOf(await client.call(`${server}__noisy`)), "heard");
    }
  }
});

Deno.test("an answer with a wrong id reaches nobody", async () => {
  const client = new Client2026(shared().url);
  for (const tool of ["unknown_id", "null_id", "float_id", "object_id"]) {
    assertEquals(textOf(await client.call(`ids__${tool}`)), "right", tool);
    const none = await client.call(`ids__${tool}`, { only: true });
    assertEquals(reasonOf(none), "backend_timeout", tool);
  }
  // Some servers write every id as a string.
  assertMatch(textOf(await client.call("ids__string_id")), /^(right|wrong)$/);
});

Deno.test("a second and a late answer reach nobody", async () => {
  const client = new Client2026(shared().url);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => client.call("ids__duplicate")),
  );
  for (const answer of answers) assertEquals(textOf(answer), "once");
  assertEquals(reasonOf(await client.call("ids__late")), "backend_timeout");
  const [released, other] = await Promise.all([
    client.call("ids__release"),
    client.call("ids__duplicate"),
  ]);
  assertEquals([textOf(released), textOf(other)], ["released", "once"]);
});

const NUMBERS =
  '{"int64":9223372036854775807,"uint64":18446744073709551615,"odd":9007199254740993,' +
  '"negative":-9007199254740993,"float":1.0,"huge":1e400,"tiny":1E-400,"zero":-0,' +
  '"precise":0.1000000000000000055511151231257827}';

Deno.test("numbers that JavaScript cannot hold go through digit for digit, ids included", async () => {
  const client = new Client2026(shared().url);
  const session = await Session2025.open(shared().url);
  for (const asker of [client, session]) {
    const { text } = await asker.call("numbers__numbers");
    assertStringIncludes(text, `"structuredContent":${NUMBERS}`);
  }
  for (const id of ["9223372036854775807", "-9007199254740993", '"9007199254740993"', "0"]) {
    const body = `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":` +
      `{"name":"numbers__echo","arguments":${NUMBERS}}}`;
    const text = await (await session.post(body)).text();
    assertStringIncludes(text, `"structuredContent":${NUMBERS}`);
    assertStringIncludes(text, `"text":${JSON.stringify(NUMBERS)}`);
    assertStringIncludes(text, `"id":${id},`);
    const meta = '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",' +
      '"io.modelcontextprotocol/clientCapabilities":{}}';
    const modern = await session.post(body.replace('"params":{', `"params":{${meta},`), {
      headers: {
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": "numbers__echo",
      },
    });
    const answer = await modern.text();
    assertStringIncludes(answer, `"structuredContent":${NUMBERS}`);
    assertStringIncludes(answer, `"id":${id},`);
  }
});

Deno.test("arguments named like members of objects go through", async () => {
  const session = await Session2025.open(shared().url);
  const body = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"numbers__echo",' +
    '"arguments":{"__proto__":{"x":1},"constructor":2},"_meta":{"progressToken":9007199254740993}}}';
  const text = await (await session.post(body)).text();
  assertStringIncludes(text, '"structuredContent":{"__proto__":{"x":1},"constructor":2}');
});

Deno.test("a line that is too long fails its call and nothing else", async () => {
  const client = new Client2026(shared().url);
  assertEquals(textOf(await client.call("long__just_under_ten_mib")).length > 10_000_000, true);
  const [tooLong, short] = await Promise.all([
    client.call("long__eleven_mib"),
    client.call("long__short"),
  ]);
  assert(["backend_invalid", "backend_timeout"].includes(String(reasonOf(tooLong))), tooLong.text);
  assertEquals(textOf(short), "short");
  assertEquals(textOf(await client.call("long__short")), "short");
});

Deno.test("a server that ends in a call fails that call and is started again", async () => {
  const client = new Client2026(shared().url);
  const before = Number(textOf(await client.call("exits__pid")));
  const [failed, other] = await Promise.all([client.call("exits__exit"), client.call("a__search")]);
  assertEquals(reasonOf(failed), "backend_crashed");
  assert(!failed.text.includes("out of ideas"), "what it wrote is for the operator");
  assertEquals(textOf(other), "a");
  const after = await until("it is back", async () => {
    const answer = await client.call("exits__pid");
    return answer.error === undefined && Number(textOf(answer));
  });
  assert(after !== before);
  assertEquals(await alive([before]), []);
  await shared().logged(/giving up/);
});

Deno.test("a call that is never answered times out, and the server is told", async () => {
  const client = new Client2026(shared().url);
  const began = performance.now();
  const answer = await client.call("never__hang");
  assertEquals([answer.status, answer.error?.code, reasonOf(answer)], [
    200,
    -32603,
    "backend_timeout",
  ]);
  assert(performance.now() - began < 3000);
  const { hanging, cancelled } = JSON.parse(textOf(await client.call("never__report")));
  assertEquals(cancelled, hanging);
});

Deno.test("a server that does not read is given up on, and others do not notice", async () => {
  const client = new Client2026(shared().url);
  const args = { text: "x".repeat(1_000_000) };
  const calls = Array.from({ length: 40 }, () => client.call("deaf__unheard", args));
  const began = performance.now();
  for (let round = 0; round < 20; round++) {
    assertEquals(textOf(await client.call("a__search")), "a");
  }
  assert(performance.now() - began < 3000, "others are served meanwhile");
  const reasons = (await Promise.all(calls)).map(reasonOf);
  assert(reasons.includes("overloaded"), String(reasons));
  assert(reasons.includes("backend_timeout"), String(reasons));
});

Deno.test("a server that crashes at its start is reported with its last words", async () => {
  const client = new Client2026(shared().url);
  const answer = await client.call("crash__anything");
  assertEquals(reasonOf(answer), "backend_unavailable");
  assert(!answer.text.includes("left-pad"), answer.text);
  assertMatch(await shared().log(), /✗ crash +stdio .*code 1/);
  assertStringIncludes(await shared().log(), "Cannot find module 'left-pad'");
  const response = await fetch(`${shared().origin}/health/ready`);
  assertEquals((await response.json()).servers, { up: 9, configured: 10 });
});

Deno.test("only1mcp list says that a server crashes again and again", async () => {
  const config = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(
    config,
    JSON.stringify({
      restarts: { crash_loop_after: 1 },
      servers: [fixtureEntry("crash", "crash_at_start")],
    }),
  );
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...GATEWAY_PERMISSIONS, `${root}main.ts`, "list", "--json"],
    env: { ONLY1MCP_CONFIG: config },
    stdin: "null",
    stderr: "null",
  }).output();
  await Deno.remove(config);
  const { servers } = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals([code, servers[0].state], [3, "crash_loop"]);
  assertEquals(servers[0].stderrTail[0], "Error: Cannot find module 'left-pad'");
});
