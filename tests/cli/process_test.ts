import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { GATEWAY_PERMISSIONS } from "../../scripts/permissions.ts";

// The program as people run it: its own process, real pipes, real signals, a real server.

const root = fromFileUrl(new URL("../../", import.meta.url));
const echoServer = fromFileUrl(new URL("./echo_server.ts", import.meta.url));

function only1mcp(args: readonly string[], stdin: "null" | "piped" = "null"): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...GATEWAY_PERMISSIONS, `${root}main.ts`, ...args],
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function finish(
  child: Deno.ChildProcess,
): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** Runs with a configuration that has the echo server, `echo`, and one that cannot start, `broken`, where asked for. */
async function withConfig(
  run: (file: string) => Promise<void>,
  servers: readonly ("echo" | "broken")[] = ["echo"],
): Promise<void> {
  const dir = await Deno.makeTempDir();
  const file = `${dir}/only1mcp.json`;
  const echo = [Deno.execPath(), "run", "--quiet", "--no-prompt", "--no-config", echoServer];
  const broken = [Deno.execPath(), "eval", "console.error('Last words'); Deno.exit(9)"];
  const entries = servers.map((id) => {
    const [command, ...args] = id === "echo" ? echo : broken;
    return { id, transport: { type: "stdio", command, args } };
  });
  await Deno.writeTextFile(file, JSON.stringify({ server: { port: 0 }, servers: entries }));
  try {
    await run(file);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Reads a stream up to the first text that matches, and leaves it to be cancelled. */
async function readUntil(stream: ReadableStream<Uint8Array>, pattern: RegExp): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!pattern.test(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`Stream ended before ${pattern}: ${text}`);
    text += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return text;
}

function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}

const CASES: readonly {
  readonly args: readonly string[];
  readonly code: number;
  readonly out?: string;
  readonly err?: string;
}[] = [
  { args: ["frobnicate"], code: 64, err: 'error: Unknown command "frobnicate"' },
  { args: ["start", "--prot", "1"], code: 64, err: "Did you mean --port?" },
  { args: ["version"], code: 0, out: "deno 2." },
  { args: ["validate", `${root}config.example.yaml`], code: 0, out: "is valid: 4 servers" },
  { args: ["validate", `${root}none.yaml`], code: 2, err: "no such file" },
  { args: ["list", "--config", `${root}deno.json`], code: 2, err: "error: Cannot use" },
];

for (const { args, code, out = "", err = "" } of CASES) {
  Deno.test(`only1mcp ${args.join(" ").replaceAll(root, "")} exits with ${code}`, async () => {
    const done = await finish(only1mcp(args));
    assertEquals(done.code, code, done.err);
    assertStringIncludes(done.out, out);
    assertStringIncludes(done.err, err);
    assertEquals(code === 0 ? done.err : done.out, "");
  });
}

Deno.test("only1mcp is not upset by a reader that leaves", async () => {
  const child = only1mcp(["help"]);
  await child.stdout.cancel();
  const [{ code }, err] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assertEquals([code, err], [0, ""]);
});

Deno.test("only1mcp tools call starts, calls, prints and leaves nothing behind", async () => {
  await withConfig(async (file) => {
    const args = ["tools", "call", "echo__echo", '{"id": 9007199254740993}', "--config", file];
    const { code, out, err } = await finish(only1mcp(args));
    assertEquals(code, 0, err);
    const [, pid, json] = /^(\d+) (.*)\n$/.exec(out) ?? [];
    assert(!isAlive(Number(pid)), "the server is still there");
    // The fixture itself reads with JSON.parse, which rounds; that the text arrived is what counts here.
    assertMatch(json ?? "", /^\{"id":900719925474099\d\}$/);
  });
});

Deno.test("only1mcp tools call of an unknown tool exits with 3 and a guess", async () => {
  await withConfig(async (file) => {
    const { code, out, err } = await finish(
      only1mcp(["tools", "call", "echo__ecko", "--config", file]),
    );
    assertEquals([code, out], [3, ""]);
    assertStringIncludes(err, 'error: Unknown tool "echo__ecko"\nDid you mean echo__echo?');
  });
});

Deno.test("only1mcp list shows what is up and why the rest is not, and exits with 3", async () => {
  await withConfig(async (file) => {
    const { code, out, err } = await finish(only1mcp(["list", "--config", file]));
    assertEquals(code, 3, err);
    assertMatch(out, /^✓ echo {4}stdio {2}\S+ {2}1 tool$/m);
    assertMatch(out, /^✗ broken {2}stdio {2}.*\b9\b/m);
    assertStringIncludes(out, "| Last words");
  }, ["echo", "broken"]);
});

Deno.test("only1mcp start lets clients in, is asked by tools call --url, and ends on SIGTERM", async () => {
  await withConfig(async (file) => {
    const child = only1mcp(["start", "--config", file]);
    const errText = new Response(child.stderr).text();
    const listening = await readUntil(child.stdout, /\n/);
    const [, url] = /^Listening on (http:\/\/127\.0\.0\.1:\d+\/mcp)\n$/.exec(listening) ?? [];
    assert(url !== undefined, listening);

    const answer = await finish(only1mcp(["tools", "call", "echo__echo", "--url", url]));
    assertEquals(answer.code, 0, answer.err);
    const pid = parseInt(answer.out);
    assert(isAlive(pid));

    child.kill("SIGTERM");
    const { code } = await child.status;
    await child.stdout.cancel();
    const err = await errText;
    assertEquals(code, 0, err);
    assert(!isAlive(pid), "the server is still there");
    assertMatch(
      err,
      new RegExp(`^ {2}✓ echo {4}stdio {2}\\S+ {2}1 tool {2}\\(pid ${pid}\\)$`, "m"),
    );
    assertMatch(err, /^ {2}✗ broken {2}stdio /m);
    assertStringIncludes(err, `Ready: ${url}`);
  }, ["echo", "broken"]);
});

Deno.test("only1mcp start says so when the port is taken, and exits with 1", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  await withConfig(async (file) => {
    const { code, out, err } = await finish(
      only1mcp(["start", "--config", file, "--port", String(port)]),
    );
    assertEquals([code, out], [1, ""], err);
    assertMatch(err, new RegExp(`^error: .*${port}`, "m"));
  });
});

Deno.test("only1mcp stdio speaks the protocol and ends with its input", async () => {
  await withConfig(async (file) => {
    const child = only1mcp(["stdio", "--config", file], "piped");
    const input = child.stdin.getWriter();
    const encoder = new TextEncoder();
    const send = (message: object) =>
      input.write(encoder.encode(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`));
    await send({
      id: 1,
      method: "initialize",
      params: {
        protocolVersion: "2025-06-18",
        capabilities: {},
        clientInfo: { name: "test", version: "1" },
      },
    });
    await send({ method: "notifications/initialized" });
    await send({ id: 2, method: "tools/call", params: { name: "echo__echo", arguments: {} } });
    const errText = new Response(child.stderr).text();
    const text = await readUntil(child.stdout, /"id":2.*\n/);
    const replies = text.trim().split("\n").map((line) => JSON.parse(line));
    const pid = parseInt(replies.find(({ id }) => id === 2).result.content[0].text);
    assert(isAlive(pid));
    await input.close();
    const { code } = await child.status;
    await child.stdout.cancel();
    assertEquals(code, 0, await errText);
    assert(!isAlive(pid), "the server is still there");
  });
});
