import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { JsonObject, RequestFrame } from "../../src/mcp/frames.ts";
import { parseJson } from "../../src/mcp/json.ts";
import { VERSIONS_2025 } from "../../src/mcp/versions.ts";
import { Connection } from "../../src/backends/connection.ts";
import {
  handshake,
  HandshakeError,
  ProbeFatalError,
  type ServerFacts,
} from "../../src/backends/handshake.ts";
import type { ProtocolChoice } from "../../src/backends/options.ts";
import { type Transport, TransportError } from "../../src/backends/transports/transport.ts";
import { GatewayError } from "../../src/pipeline/errors.ts";
import { silentLog } from "../../src/observe/log.ts";
import { FakeTransport } from "./fake_transport.ts";

/** How a server answers a method: with a result, an error, a failed request, or not at all. */
type Answer =
  | { readonly result: JsonObject }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } }
  | { readonly status: number }
  | { readonly fails: TransportError }
  | "silence"
  | "crash";

interface Server {
  readonly discover?: Answer;
  readonly initialize?: Answer;
  readonly kind?: Transport["kind"];
}

const CLIENT = { name: "only1mcp", version: "1" };

/** Shakes hands with a server and says what came of it. */
async function shake(
  server: Server,
  protocol: ProtocolChoice = "auto",
  parts: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<{ transport: FakeTransport; facts: Promise<ServerFacts>; connection: Connection }> {
  const transport = new FakeTransport(server.kind);
  transport.onSend = (frame) => {
    if (frame.kind !== "request") return undefined;
    const answer = frame.method === "server/discover" ? server.discover : server.initialize;
    return give(transport, frame, answer ?? "silence");
  };
  const events = { onEvent() {}, onClosed() {}, onStderr() {} };
  const connection = new Connection("files", transport, events, silentLog);
  const signal = parts.signal ?? new AbortController().signal;
  await connection.open(signal);
  const facts = handshake(connection, {
    server: "files",
    protocol,
    clientInfo: CLIENT,
    capabilities: { roots: {} },
    timeoutMs: parts.timeoutMs ?? 1000,
    signal,
  });
  return { transport, connection, facts };
}

function give(
  transport: FakeTransport,
  { id }: RequestFrame,
  answer: Answer,
): Promise<void> | undefined {
  if (answer === "silence") return undefined;
  if (answer === "crash") {
    queueMicrotask(() => transport.events.onClosed("Process exited with code 1"));
    return undefined;
  }
  if ("fails" in answer) return Promise.reject(answer.fails);
  if ("status" in answer) {
    const { status } = answer;
    return Promise.reject(new TransportError(`HTTP ${status}`, { sent: true, status }));
  }
  queueMicrotask(() =>
    "result" in answer ? transport.answers(id, answer.result) : transport.refuses(id, answer.error)
  );
  return undefined;
}

const DISCOVERED: Answer = {
  result: {
    resultType: "complete",
    supportedVersions: ["2026-07-28", "2025-11-25"],
    capabilities: { tools: {} },
    instructions: "Be nice",
    _meta: { "io.modelcontextprotocol/serverInfo": { name: "s", version: "2" } },
  },
};
const INITIALIZED: Answer = {
  result: {
    protocolVersion: "2025-06-18",
    capabilities: { prompts: {} },
    serverInfo: { name: "old", version: "1" },
  },
};
const NEVER_INITIALIZED: Answer = { error: { code: -32601, message: "initialize was called" } };

Deno.test("handshake() with a 2026 server needs one request", async () => {
  const { transport, connection, facts } = await shake({ discover: DISCOVERED });
  assertEquals(await facts, {
    capabilities: { tools: {} },
    info: { name: "s", version: "2" },
    instructions: "Be nice",
  });
  assertEquals(transport.agreements, [{ era: "2026", version: "2026-07-28" }]);
  assertEquals(transport.sent, [{
    kind: "request",
    id: 1,
    method: "server/discover",
    params: {
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": CLIENT,
      },
    },
  }]);
  await connection.close();
});

Deno.test("handshake() with a 2025 server falls back to initialize", async () => {
  const discover = { error: { code: -32601, message: "Method not found" } };
  const { transport, connection, facts } = await shake({ discover, initialize: INITIALIZED });
  assertEquals(await facts, {
    capabilities: { prompts: {} },
    info: { name: "old", version: "1" },
    instructions: undefined,
  });
  assertEquals(transport.agreements, [{ era: "2025", version: "2025-06-18" }]);
  assertEquals(transport.requests("initialize").map(({ params }) => params), [
    { protocolVersion: "2025-11-25", capabilities: { roots: {} }, clientInfo: CLIENT },
  ]);
  assertEquals(transport.notifications(), [["notifications/initialized", undefined]]);
  await connection.close();
});

const LEGACY: readonly { readonly desc: string; readonly discover: Answer }[] = [
  ...[-32601, -32602, -32600, -32603, -32000, -32002, 0, 404].map((code) => ({
    desc: `error ${code}`,
    discover: { error: { code, message: "no" } },
  })),
  ...[400, 404, 405, 406, 415, 422].map((status) => ({
    desc: `HTTP ${status} without a frame`,
    discover: { status },
  })),
  { desc: "a result that is no discovery", discover: { result: {} } },
  { desc: "versions in no list", discover: { result: { supportedVersions: "2026-07-28" } } },
  {
    desc: "a discovery of older revisions only",
    discover: { result: { supportedVersions: ["2025-11-25"] } },
  },
  {
    desc: "-32022 with an older revision among the supported",
    discover: {
      error: { code: -32022, message: "no", data: { supported: ["2027-01-01", "2025-11-25"] } },
    },
  },
];

for (const { desc, discover } of LEGACY) {
  Deno.test(`handshake() takes for a 2025 server: ${desc}`, async () => {
    const { transport, connection, facts } = await shake({ discover, initialize: INITIALIZED });
    await facts;
    assertEquals(transport.agreements, [{ era: "2025", version: "2025-06-18" }]);
    await connection.close();
  });

  Deno.test(`handshake() pinned to 2026 refuses: ${desc}`, async () => {
    const { transport, connection, facts } = await shake({ discover }, "2026");
    await assertRejects(() => facts, HandshakeError, "Server does not speak 2026-07-28: ");
    assertEquals([transport.agreements, transport.requests("initialize")], [[], []]);
    await connection.close();
  });
}

const INCONCLUSIVE: readonly {
  readonly desc: string;
  readonly discover: Answer;
  readonly words: string;
}[] = [
  ...[401, 403, 429, 500, 502, 503, 504].map((status) => ({
    desc: `HTTP ${status}`,
    discover: { status },
    words: `HTTP ${status}`,
  })),
  {
    desc: "no connection",
    discover: { fails: new TransportError("refused", { sent: false }) },
    words: "refused",
  },
  {
    desc: "a connection that breaks",
    discover: { fails: new TransportError("reset", { sent: true }) },
    words: "reset",
  },
  { desc: "a crash", discover: "crash", words: "Process exited with code 1" },
];

for (const protocol of ["auto", "2026"] as const) {
  for (const { desc, discover, words } of INCONCLUSIVE) {
    Deno.test(`handshake() (${protocol}) draws no conclusion from ${desc}`, async () => {
      const server = { discover, initialize: NEVER_INITIALIZED };
      const { transport, connection, facts } = await shake(server, protocol);
      const error = await assertRejects(() => facts, Error);
      assertEquals(error instanceof ProbeFatalError, desc === "a crash" && protocol === "auto");
      const detail = error instanceof GatewayError ? error.detail : undefined;
      assertStringIncludes(`${error.message}; ${detail}`, words);
      assertEquals([transport.agreements, transport.requests("initialize")], [[], []]);
      await connection.close();
    });
  }
}

const IMPOSSIBLE: readonly {
  readonly desc: string;
  readonly discover: Answer;
  readonly words: string;
}[] = [
  {
    desc: "a later revision only",
    discover: { result: { supportedVersions: ["2027-01-01"] } },
    words: "it offers 2027-01-01",
  },
  {
    desc: "no revision at all",
    discover: { result: { supportedVersions: [] } },
    words: "it offers none",
  },
  {
    desc: "versions that are no text",
    discover: { result: parseJson('{"supportedVersions":[1.0,{},null,"x"]}') as JsonObject },
    words: "it offers x",
  },
  {
    desc: "-32022 with later revisions",
    discover: {
      error: { code: -32022, message: "no", data: { supported: ["2027-01-01", "2028-01-01"] } },
    },
    words: "it offers 2027-01-01, 2028-01-01",
  },
  {
    desc: "-32022 without data",
    discover: { error: { code: -32022, message: "no" } },
    words: "it offers none",
  },
  {
    desc: "-32022 with broken data",
    discover: { error: { code: -32022, message: "no", data: { supported: "2025-11-25" } } },
    words: "it offers none",
  },
  {
    desc: "-32020",
    discover: { error: { code: -32020, message: "Header mismatch" } },
    words: "Server refused server/discover: Header mismatch",
  },
  {
    desc: "-32021",
    discover: { error: { code: -32021, message: "Needs sampling" } },
    words: "Server refused server/discover: Needs sampling",
  },
];

for (const { desc, discover, words } of IMPOSSIBLE) {
  Deno.test(`handshake() does not fall back for a modern server that says ${desc}`, async () => {
    const server = { discover, initialize: INITIALIZED };
    const { transport, connection, facts } = await shake(server);
    await assertRejects(() => facts, HandshakeError, words);
    assertEquals([transport.agreements, transport.requests("initialize")], [[], []]);
    await connection.close();
  });
}

Deno.test("handshake() reads what it can of an odd discovery", async () => {
  const result = {
    supportedVersions: [null, 7, "2026-07-28"],
    capabilities: [],
    instructions: 7,
    _meta: { "io.modelcontextprotocol/serverInfo": "me" },
  };
  const { connection, facts } = await shake({ discover: { result } });
  assertEquals(await facts, { capabilities: {}, info: undefined, instructions: undefined });
  await connection.close();
});

Deno.test("handshake() takes silence for a server that does not know discovery", async () => {
  const server = { discover: "silence", initialize: INITIALIZED } as const;
  const { transport, connection, facts } = await shake(server, "auto", { timeoutMs: 10 });
  await facts;
  assertEquals(connection.era, "2025");
  assertEquals(
    transport.sent.map((frame) => frame.kind === "response" ? "response" : frame.method),
    ["server/discover", "notifications/cancelled", "initialize", "notifications/initialized"],
  );
  await connection.close();
});

Deno.test("handshake() ignores an answer to the probe that comes too late", async () => {
  const server = { discover: "silence", initialize: INITIALIZED } as const;
  const { transport, connection, facts } = await shake(server, "auto", { timeoutMs: 10 });
  await facts;
  transport.refuses(1, { code: -32601, message: "late" });
  assertEquals([connection.era, connection.noise], ["2025", 1]);
  await connection.close();
});

Deno.test("handshake() pinned to 2026 gives a silent server up", async () => {
  const { connection, facts } = await shake({}, "2026", { timeoutMs: 10 });
  await assertRejects(() => facts, HandshakeError, "it did not answer server/discover");
  await connection.close();
});

Deno.test("handshake() pinned to 2025 does not probe", async () => {
  const { transport, connection, facts } = await shake({ initialize: INITIALIZED }, "2025");
  await facts;
  assertEquals(transport.requests().map(({ method }) => method), ["initialize"]);
  await connection.close();
});

for (const version of VERSIONS_2025) {
  Deno.test(`handshake() accepts ${version} from a 2025 server`, async () => {
    const initialize = { result: { protocolVersion: version } };
    const { connection, facts } = await shake({ initialize }, "2025");
    assertEquals(await facts, { capabilities: {}, info: undefined, instructions: undefined });
    assertEquals([connection.era, connection.version], ["2025", version]);
    await connection.close();
  });
}

for (const version of ["2026-07-28", "1900-01-01", "", undefined, null, 7]) {
  Deno.test(`handshake() refuses ${JSON.stringify(version)} from a 2025 server`, async () => {
    const initialize = { result: { protocolVersion: version } };
    const { transport, connection, facts } = await shake({ initialize }, "2025");
    await assertRejects(() => facts, HandshakeError, "Server chose a revision we do not speak");
    assertEquals([transport.agreements, transport.notifications()], [[], []]);
    await connection.close();
  });
}

Deno.test("handshake() passes on why a server refuses initialize", async () => {
  const initialize = { error: { code: -32602, message: "Use 2026-07-28" } };
  const { connection, facts } = await shake({ initialize }, "2025");
  await assertRejects(() => facts, HandshakeError, "Server refused initialize: Use 2026-07-28");
  await connection.close();
});

Deno.test("handshake() stops when told to, whatever it is waiting for", async () => {
  for (
    const server of [
      { discover: "silence" },
      { discover: { status: 404 }, initialize: "silence" },
    ] as const
  ) {
    const stop = new AbortController();
    const { transport, connection, facts } = await shake(server, "auto", { signal: stop.signal });
    const last = "initialize" in server ? 2 : 1;
    while (transport.requests().length < last) await Promise.resolve();
    stop.abort();
    const error = await assertRejects(() => facts, GatewayError);
    assertEquals(error.reason, "cancelled");
    assert(transport.agreements.length === 0);
    await connection.close();
  }
});

Deno.test("handshake() over HTTP reads the frame in a 400 before it falls back", async () => {
  const { connection, transport, facts } = await shake({
    kind: "streamable_http",
    discover: { error: { code: -32022, message: "no", data: { supported: ["2025-06-18"] } } },
    initialize: INITIALIZED,
  });
  await facts;
  assertEquals(transport.agreements, [{ era: "2025", version: "2025-06-18" }]);
  await connection.close();
});
