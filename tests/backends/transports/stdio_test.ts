import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { JsonObject } from "../../../src/mcp/frames.ts";
import { stdio, type StdioOptions, stdioShape } from "../../../src/backends/transports/stdio.ts";
import { type Transport, TransportError } from "../../../src/backends/transports/transport.ts";
import { FrameLog } from "../../contracts/frame_log.ts";
import { descriptors, isPassedOn, running } from "../processes.ts";
import { request, resultOf, transportContract } from "../../contracts/transport_contract.ts";

const PATH = "/usr/local/bin:/usr/bin:/bin";
const never = new AbortController().signal;

const script = fromFileUrl(new URL("scripted_stdio.ts", import.meta.url));
transportContract("stdio()", () =>
  Promise.resolve({
    transport: run({
      command: Deno.execPath(),
      args: ["run", "--no-prompt", "--no-config", "--no-lock", "--cached-only", script],
    }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }));

function run(
  options: Partial<StdioOptions>,
  environment: Readonly<Record<string, string>> = { PATH },
): Transport {
  return stdio(
    { type: "stdio", command: "sh", args: [], env: {}, ...options },
    { environment, baseDir: Deno.cwd() },
  );
}

function shell(code: string): Transport {
  return run({ args: ["-c", code] });
}

/** A test of a program that is a shell script. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: Deno.build.os === "windows", fn });
}

/** A test that looks into /proc. */
function linuxTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: Deno.build.os !== "linux", fn });
}

/** A shell script that runs until it is disposed of. */
async function opened(code: string): Promise<AsyncDisposable & { readonly transport: Transport }> {
  const transport = shell(code);
  await transport.open(new FrameLog(), never);
  return { transport, [Symbol.asyncDispose]: () => transport.close() };
}

/** Opens a shell script, hands it to the test, and closes it whatever happens. */
async function withShell(
  code: string,
  body: (transport: Transport, log: FrameLog) => Promise<void>,
): Promise<void> {
  const transport = shell(code);
  const log = new FrameLog();
  try {
    await transport.open(log, never);
    await body(transport, log);
  } finally {
    await transport.close();
  }
}

const RESULT = '{"jsonrpc":"2.0","id":1,"result":{"ok":true}}';

const SAID: readonly {
  readonly desc: string;
  readonly code: string;
  readonly frames?: number;
  readonly noise?: readonly string[];
  readonly stderr?: readonly string[];
  readonly closure?: string;
}[] = [
  { desc: "an answer", code: `echo '${RESULT}'`, frames: 1 },
  { desc: "an answer without a newline, and its end", code: `printf %s '${RESULT}'`, frames: 1 },
  { desc: "answers in a batch", code: `echo '[${RESULT},${RESULT}]'`, frames: 2 },
  { desc: "an empty batch", code: "echo '[]'", frames: 0 },
  { desc: "empty lines", code: "echo; echo", frames: 0 },
  {
    desc: "a banner before it speaks",
    code: `echo 'Server v1 ready'; echo '${RESULT}'`,
    frames: 1,
    noise: ["Server v1 ready"],
  },
  { desc: "JSON that is no frame", code: "echo '{\"level\":30}'", noise: ['{"level":30}'] },
  {
    desc: "a batch with something else in it",
    code: `echo '[7,${RESULT}]'`,
    frames: 1,
    noise: [`[7,${RESULT}]`],
  },
  {
    desc: "a long line that is no frame, cut short",
    code: "head -c 5000 /dev/zero | tr '\\0' x; echo",
    noise: ["x".repeat(200)],
  },
  {
    desc: "lines on stderr",
    code: "echo one >&2; printf 'two\\r\\nthree' >&2",
    stderr: ["one", "two", "three"],
  },
  { desc: "an exit code", code: "exit 7", closure: "Process exited with code 7" },
  { desc: "a signal", code: "kill -KILL $$", closure: "Process was killed by SIGKILL" },
];

for (
  const { desc, code, frames = 0, noise = [], stderr = [], closure = "Process exited with code 0" }
    of SAID
) {
  test(`stdio() tells of ${desc}, and of the end once and last`, () =>
    withShell(code, async (_transport, log) => {
      assertEquals(await log.until(({ closures }) => closures[0]), closure);
      assertEquals(
        [log.arrivals.length, log.noise, log.stderr, log.closures.length],
        [frames, noise, stderr, 1],
      );
    }));
}

test("stdio() drops a line beyond ten megabytes and goes on", () =>
  withShell(
    `head -c 11000000 /dev/zero | tr '\\0' x; echo; echo '${RESULT}'`,
    async (_transport, log) => {
      await log.response(1);
      assertEquals(log.unusable, [["an answer of 11000000 bytes", undefined]]);
    },
  ));

test("stdio() says which request a broken answer was for", () =>
  withShell(
    `echo '{"jsonrpc":"2.0","id":7,"result":null}'; echo '${RESULT}'`,
    async (_transport, log) => {
      await log.response(1);
      assertEquals(log.unusable.map(([, id]) => id), [7]);
    },
  ));

test("stdio() takes a server's broken request for noise, not for an answer", () =>
  withShell(
    `echo '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}'; echo '${RESULT}'`,
    async (_transport, log) => {
      await log.response(1);
      assertEquals([log.unusable, log.noise.length], [[], 1]);
    },
  ));

test("stdio() says which request an answer beyond ten megabytes was for", () =>
  withShell(
    `printf '{"jsonrpc":"2.0","id":7,"result":{"x":"'; head -c 11000000 /dev/zero | tr '\\0' x; echo '"}}'; echo '${RESULT}'`,
    async (_transport, log) => {
      await log.response(1);
      assertEquals(log.unusable.map(([, id]) => id), [7]);
    },
  ));

test("stdio() gives a child the documented environment and nothing else", async () => {
  const environment = {
    PATH,
    HOME: "/home/me",
    TZ: "UTC",
    SECRET: "s",
    LD_PRELOAD: "/evil.so",
    DENO_DIR: "/cache",
  };
  const transport = run({
    command: "env",
    env: { TOKEN: "a b\n$HOME", HOME: "/srv" },
  }, environment);
  const log = new FrameLog();
  await transport.open(log, never);
  await log.until(({ closures }) => closures[0]);
  await transport.close();
  const lines = log.noise.toSorted();
  assertEquals(lines, ["$HOME", "HOME=/srv", `PATH=${PATH}`, "TOKEN=a b", "TZ=UTC"]);
});

test("stdio() involves no shell", async () => {
  const transport = run({ command: "echo", args: ["$HOME", "; exit 3", "`id`", "*"] });
  const log = new FrameLog();
  await transport.open(log, never);
  assertEquals(await log.until(({ closures }) => closures[0]), "Process exited with code 0");
  await transport.close();
  assertEquals(log.noise, ["$HOME ; exit 3 `id` *"]);
});

test("stdio() starts a child in its own folder and process group", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const transport = run({
    args: ["-c", "pwd; ps -o pgid= -p $$ | tr -d ' '; echo $$"],
    cwd: folder,
  });
  const log = new FrameLog();
  await transport.open(log, never);
  await log.until(({ closures }) => closures[0]);
  await transport.close();
  await Deno.remove(folder);
  const [cwd, pgid, pid] = log.noise;
  assertEquals([cwd, pgid], [folder, pid]);
});

Deno.test({
  name: "stdio() gives a child three descriptors, and none that the gateway opened",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using other = await opened("exec cat");
    using file = await Deno.open(script);
    assert(other.transport.pid !== undefined && file.readable !== undefined);
    const transport = run({ command: "ls", args: ["/proc/self/fd"] });
    const log = new FrameLog();
    await transport.open(log, never);
    await log.until(({ closures }) => closures[0]);
    await transport.close();
    // The fourth is the folder that is being listed.
    const passedOn = log.noise.map(Number).filter((descriptor) => descriptor > 3);
    for (const descriptor of passedOn) {
      assert(await isPassedOn(descriptor), `Descriptor ${descriptor} is ours`);
    }
  },
});

const UNSTARTABLE: readonly (readonly [
  desc: string,
  options: Partial<StdioOptions>,
  message: string,
])[] = [
  [
    "a name that is not on PATH",
    { command: "no-such-program" },
    'Cannot start "no-such-program": there is no program of that name on PATH',
  ],
  [
    "a relative path",
    { command: "./server" },
    'Cannot start "./server": a path must be absolute, or relative to the configuration file',
  ],
  ["a file that does not exist", { command: "/no/such" }, "there is no such file"],
  ["a folder that does not exist", { cwd: "/no/such" }, 'Cannot start "sh": '],
];

for (const [desc, options, message] of UNSTARTABLE) {
  test(`stdio() does not start ${desc}`, async () => {
    const transport = run(options);
    const log = new FrameLog();
    const error = await assertRejects(() => transport.open(log, never), TransportError, message);
    assertEquals([error.sent, transport.pid], [false, undefined]);
    await assertRejects(() => transport.send(request(1, "ping")), TransportError);
    await transport.close();
    assertEquals(log.closures, []);
  });
}

test("stdio() closed while it starts leaves nothing running", async () => {
  const transport = shell("exec cat");
  const opening = transport.open(new FrameLog(), never);
  const closing = transport.close();
  await assertRejects(() => opening, TransportError, "it was given up");
  await closing;
  assertEquals(transport.pid, undefined);
});

linuxTest("stdio() ends a server that heeds the end of its input at once", async () => {
  const transport = shell("exec cat");
  await transport.open(new FrameLog(), never);
  const pid = transport.pid!;
  assertEquals(await running([pid]), [pid]);
  const began = performance.now();
  await transport.close();
  assertLess(performance.now() - began, 500);
  assertEquals(await running([pid]), []);
});

linuxTest(
  "stdio() ends a server that hung up and lives on",
  () =>
    withShell("exec sleep 30 >&-", async (transport, log) => {
      const pid = transport.pid!;
      const began = performance.now();
      const problem = await log.until(({ closures }) => closures[0]);
      assertLess(performance.now() - began, 1500);
      assertEquals(problem, "Process was killed by SIGTERM");
      assertEquals(await running([pid]), []);
    }),
);

linuxTest(
  "stdio() does not wait for pipes that a child left to another process group",
  async () => {
    const transport = shell("setsid sleep 30 & echo $!; exit 3");
    const log = new FrameLog();
    const began = performance.now();
    await transport.open(log, never);
    assertEquals(await log.until(({ closures }) => closures[0]), "Process exited with code 3");
    await transport.close();
    assertLess(performance.now() - began, 2000);
    Deno.kill(Number(log.noise[0]), "SIGKILL");
  },
);

test("stdio() delivers all that a server said before it went", () =>
  withShell(
    `i=0; while [ $i -lt 2000 ]; do echo '${RESULT}'; i=$((i+1)); done; exit 1`,
    async (_transport, log) => {
      await log.until(({ closures }) => closures[0]);
      assertEquals(log.arrivals.length, 2000);
    },
  ));

test("stdio() refuses what a server that never reads cannot take, and keeps the rest bounded", async () => {
  const transport = shell("exec sleep 30");
  await transport.open(new FrameLog(), never);
  const megabyte = { text: "x".repeat(1_000_000) };
  const outcomes = new Map<string, number>();
  const sends = Array.from(
    { length: 40 },
    (_, id) =>
      transport.send(request(id, "test", megabyte)).then(
        () => "written",
        (error) => error instanceof TransportError ? `${error.kind}, sent ${error.sent}` : "bug",
      ).then((outcome) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)),
  );
  // Refusals come at once, all others when the process is gone.
  await sends.at(-1);
  assertEquals([...outcomes], [["overloaded, sent false", 24]]);
  Deno.kill(transport.pid!, "SIGKILL");
  await Promise.all(sends);
  assertEquals(outcomes.get("failed, sent true"), 16);
  await transport.close();
});

test("stdio() says that a call to a process that is gone was not sent", () =>
  withShell("exit 0", async (transport, log) => {
    await log.until(({ closures }) => closures[0]);
    const error = await assertRejects(() => transport.send(request(1, "ping")), TransportError);
    assertEquals(error.sent, false);
  }));

linuxTest(
  "stdio() leaves neither processes nor descriptors behind, however often it is opened",
  async () => {
    const before = (await descriptors()).length;
    const pids: number[] = [];
    const echo = { echo: 1 };
    for (let round = 0; round < 12; round++) {
      await Promise.all(Array.from({ length: 25 }, async () => {
        const transport = shell("exec cat");
        const log = new FrameLog();
        await transport.open(log, never);
        pids.push(transport.pid!);
        await transport.send({ kind: "response", id: 1, outcome: { result: echo } });
        const { frame } = await log.response(1);
        assertEquals(resultOf(frame), echo as JsonObject);
        await transport.close();
      }));
    }
    assertEquals(pids.length, 300);
    assertEquals(await running(pids), []);
    assertLess((await descriptors()).length - before, 5);
  },
);

test("stdio() does many round trips a second", () =>
  withShell("exec cat", async (transport, log) => {
    const count = 20_000;
    const began = performance.now();
    for (let id = 1; id <= count; id++) {
      transport.send({ kind: "response", id, outcome: { result: {} } });
      if (id % 64 === 0) await log.response(id - 63);
      if (log.arrivals.length > 1000) log.arrivals.length = 0;
    }
    await log.response(count);
    assertGreater(count / (performance.now() - began) * 1000, 5000);
  }));

const SHAPES: readonly (readonly [desc: string, value: unknown, isValid: boolean])[] = [
  ["a command alone", { type: "stdio", command: "npx" }, true],
  ["everything", { type: "stdio", command: "a", args: ["b"], cwd: "/", env: { _A1: "" } }, true],
  ["no command", { type: "stdio" }, false],
  ["an empty command", { type: "stdio", command: "" }, false],
  ["arguments that are numbers", { type: "stdio", command: "a", args: [1] }, false],
  [
    "a variable's name with an equals sign",
    { type: "stdio", command: "a", env: { "A=B": "c" } },
    false,
  ],
  ["a variable's name that begins with a digit", {
    type: "stdio",
    command: "a",
    env: { "1A": "c" },
  }, false],
  ["unknown keys", { type: "stdio", command: "a", shell: true }, false],
];

for (const [desc, value, isValid] of SHAPES) {
  Deno.test(`stdioShape ${isValid ? "accepts" : "refuses"} ${desc}`, () => {
    assertEquals(stdioShape.safeParse(value).success, isValid);
  });
}
