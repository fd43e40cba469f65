import { assert, assertEquals } from "@std/assert";
import { assemble, SELF } from "../../src/gateway/assemble.ts";
import { deskOf } from "../../src/gateway/desk.ts";
import { edgeShape } from "../../src/edge/options.ts";
import { configOf } from "../config/load_text.ts";
import { within } from "../e2e/within.ts";
import { keepingLog } from "../observe/log_lines.ts";
import { aCall } from "../pipeline/a_call.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const BROKEN = `
lists: {startup_wait_seconds: 5}
servers:
  - {id: gone, name: Gone, transport: {type: stdio, command: /nowhere/at/all}}
  - {id: off, enabled: false, transport: {type: streamable_http, url: "http://127.0.0.1:1/mcp"}}
`;

async function assembled(text: string) {
  const log = keepingLog();
  const states: string[] = [];
  const gateway = assemble(await configOf(text), {
    log,
    environment: {},
    baseDir: "/",
    onState: ({ id, state }) => states.push(`${id} ${state}`),
  });
  return { gateway, log, states, [Symbol.asyncDispose]: () => gateway.close() };
}

Deno.test("assemble() makes a gateway of no servers, which offers nothing", async () => {
  await using a = await assembled("servers: []");
  await within("it settles", a.gateway.settled, 1000);
  const discovered = await a.gateway.handle(aCall({ method: "server/discover" }));
  assertEquals(discovered.kind === "result" && discovered.result.capabilities, {});
  const listed = await a.gateway.handle(aCall({ method: "tools/list" }));
  assertEquals(listed.kind === "error" && listed.error.code, -32601);
  assertEquals([a.gateway.views(), [...a.gateway.serverIds]], [[], []]);
});

Deno.test("assemble() shows servers that are off or cannot be started", async () => {
  await using a = await assembled(BROKEN);
  await within("it settles", a.gateway.settled, 5000);
  const [gone, off, ...more] = a.gateway.views();
  assertEquals([gone?.name, gone?.state, gone?.transport], ["Gone", "waiting", "stdio"]);
  assert(gone?.problem !== undefined && gone.problem !== "");
  assertEquals([off?.name, off?.state, off?.problem], ["off", "disabled", undefined]);
  assertEquals([more.length, [...a.gateway.serverIds]], [0, ["gone"]]);
  assert(a.states.includes("gone waiting"));
});

Deno.test("assemble() lets a server that is down say why, and others be unknown", async () => {
  await using a = await assembled(BROKEN);
  await a.gateway.settled;
  const call = async (name: string) => {
    const reply = await a.gateway.handle(aCall({ params: { name } }));
    return reply.kind === "error" ? reply.reason : reply.kind;
  };
  assertEquals(await call("gone__x"), "backend_unavailable");
  assertEquals([await call("off__x"), await call("x")], ["not_found", "not_found"]);
  assertEquals(await a.gateway.inputSchema("nothing", undefined), undefined);
  const lines = a.log.lines.filter(({ message }) => message === "call");
  assertEquals(lines.map(({ fields }) => fields.outcome), [
    "backend_unavailable",
    "not_found",
    "not_found",
  ]);
  assertEquals([lines[0]?.fields.server, lines[0]?.fields.target], ["gone", "x"]);
});

Deno.test("assemble() makes a gateway that closes once and ends subscriptions", async () => {
  const { gateway } = await assembled(BROKEN);
  const acknowledged = Promise.withResolvers<void>();
  const reply = gateway.handle(aCall({
    method: "subscriptions/listen",
    params: { notifications: { toolsListChanged: true } },
    emit: () => acknowledged.resolve(),
  }));
  await acknowledged.promise;
  gateway.endSubscriptions();
  assertEquals(await reply, { kind: "result", result: {} });
  await Promise.all([gateway.close(), gateway.close()]);
  assertEquals(gateway.views()[0]?.state, "stopped");
});

Deno.test("deskOf() gives the doors what they need", async () => {
  await using a = await assembled("servers: []\nquestions: {answer_seconds: 7}");
  const options = edgeShape.parse({});
  const desk = deskOf(a.gateway, options, a.log);
  assertEquals([desk.answerMs, desk.serverInfo, desk.options], [7000, SELF, options]);
  assertEquals(await desk.inputSchema("x", undefined), undefined);
});
