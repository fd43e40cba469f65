import { assert, assertEquals } from "@std/assert";
import { type JsonObject, RpcCode, type RpcError } from "../../src/mcp/frames.ts";
import { parseJson } from "../../src/mcp/json.ts";
import type { Reply } from "../../src/mcp/message.ts";
import { CACHEABLE_METHODS } from "../../src/mcp/methods.ts";
import {
  decodeReply2026,
  decodeRequest2026,
  encodeParams2026,
  encodeReply2026,
  httpStatus2026,
  type Outgoing,
} from "../../src/mcp/rev2026.ts";

const VERSION = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";
const CLIENT = "io.modelcontextprotocol/clientInfo";
const LEVEL = "io.modelcontextprotocol/logLevel";
const SERVER = "io.modelcontextprotocol/serverInfo";

Deno.test("decodeRequest2026() takes a request apart", () => {
  const request = decodeRequest2026({
    name: "t",
    arguments: { a: 1 },
    _meta: {
      [VERSION]: "2026-07-28",
      [CLIENT]: { name: "c", version: "1", title: "C" },
      [CAPABILITIES]: { elicitation: { form: {} }, unknown: { x: 1 } },
      [LEVEL]: "warning",
      progressToken: "p",
      traceparent: "00-1-2-01",
    },
  });
  assertEquals(request, {
    version: "2026-07-28",
    client: {
      info: { name: "c", version: "1", title: "C" },
      capabilities: { elicitation: { form: {} }, unknown: { x: 1 } },
    },
    logs: "warning",
    progressToken: "p",
    params: { name: "t", arguments: { a: 1 }, _meta: { traceparent: "00-1-2-01" } },
  });
});

Deno.test("decodeRequest2026() needs no more than a version and capabilities", () => {
  const meta = { [VERSION]: "1900-01-01", [CAPABILITIES]: {}, [CLIENT]: "me" };
  assertEquals(decodeRequest2026({ _meta: meta }), {
    version: "1900-01-01",
    client: { info: undefined, capabilities: {} },
    logs: "none",
    progressToken: undefined,
    params: {},
  });
});

Deno.test("decodeRequest2026() leaves out capabilities that the gateway does not carry", () => {
  const extensions = {
    "io.modelcontextprotocol/tasks": {},
    "io.modelcontextprotocol/ui": { a: 1 },
  };
  const request = decodeRequest2026({
    _meta: { [VERSION]: "2026-07-28", [CAPABILITIES]: { roots: {}, extensions } },
  });
  assert(typeof request !== "string");
  assertEquals(request.client.capabilities, {
    roots: {},
    extensions: { "io.modelcontextprotocol/ui": { a: 1 } },
  });
});

const MALFORMED: readonly (readonly [desc: string, params: JsonObject | undefined, key: string])[] =
  [
    ["no params", undefined, VERSION],
    ["no _meta", {}, VERSION],
    ["a _meta that is no object", { _meta: [] }, VERSION],
    ["no version", { _meta: { [CAPABILITIES]: {} } }, VERSION],
    ["a version that is no text", { _meta: { [VERSION]: 2026, [CAPABILITIES]: {} } }, VERSION],
    ["no capabilities", { _meta: { [VERSION]: "2026-07-28" } }, CAPABILITIES],
    [
      "null capabilities",
      { _meta: { [VERSION]: "2026-07-28", [CAPABILITIES]: null } },
      CAPABILITIES,
    ],
    [
      "capabilities in a list",
      { _meta: { [VERSION]: "2026-07-28", [CAPABILITIES]: [] } },
      CAPABILITIES,
    ],
    [
      "a log level nobody knows",
      { _meta: { [VERSION]: "2026-07-28", [CAPABILITIES]: {}, [LEVEL]: "warn" } },
      LEVEL,
    ],
    [
      "a null log level",
      { _meta: { [VERSION]: "2026-07-28", [CAPABILITIES]: {}, [LEVEL]: null } },
      LEVEL,
    ],
  ];

for (const [desc, params, key] of MALFORMED) {
  Deno.test(`decodeRequest2026() says what is wrong with ${desc}`, () => {
    const problem = decodeRequest2026(params);
    assert(typeof problem === "string" && problem.includes(key), JSON.stringify(problem));
  });
}

const CALL: Outgoing = {
  method: "tools/call",
  params: { name: "t" },
  client: { info: undefined, capabilities: {} },
  logs: "none",
  progressToken: undefined,
};

const SENT: readonly {
  readonly desc: string;
  readonly call: Partial<Outgoing>;
  readonly meta: JsonObject;
}[] = [
  { desc: "only what is required", call: {}, meta: {} },
  {
    desc: "who calls and what it can do",
    call: { client: { info: { name: "c", x: 1 }, capabilities: { sampling: { tools: {} } } } },
    meta: { [CLIENT]: { name: "c", x: 1 }, [CAPABILITIES]: { sampling: { tools: {} } } },
  },
  { desc: "the level of a wish", call: { logs: "alert" }, meta: { [LEVEL]: "alert" } },
  {
    desc: "a level for who never named one",
    call: { logs: "server_default" },
    meta: { [LEVEL]: "info" },
  },
  { desc: "our progress token", call: { progressToken: 3 }, meta: { progressToken: 3 } },
  {
    desc: "the payload of _meta, and our own values over what was smuggled in",
    call: { params: { name: "t", _meta: { traceparent: "x", [VERSION]: "1900-01-01" } } },
    meta: { traceparent: "x" },
  },
];

for (const { desc, call, meta } of SENT) {
  Deno.test(`encodeParams2026() sends ${desc}`, () => {
    assertEquals(encodeParams2026({ ...CALL, ...call }), {
      name: "t",
      _meta: { [VERSION]: "2026-07-28", [CAPABILITIES]: {}, ...meta },
    });
  });
}

Deno.test("decodeRequest2026() reads what encodeParams2026() wrote", () => {
  const call: Outgoing = {
    ...CALL,
    params: { name: "t", arguments: {}, _meta: { x: 1 } },
    client: { info: { name: "c" }, capabilities: { roots: {} } },
    logs: "debug",
    progressToken: 8,
  };
  const { method: _, ...rest } = call;
  assertEquals(decodeRequest2026(encodeParams2026(call)), { version: "2026-07-28", ...rest });
});

const REPLIES: readonly {
  readonly desc: string;
  readonly method?: string;
  readonly result?: JsonObject;
  readonly error?: RpcError;
  readonly reply: Reply | string;
}[] = [
  {
    desc: "a complete result, unknown fields and all",
    result: { resultType: "complete", content: [], extra: { a: [1] }, _meta: { [SERVER]: {} } },
    reply: { kind: "result", result: { content: [], extra: { a: [1] }, _meta: { [SERVER]: {} } } },
  },
  {
    desc: "a result without a type",
    result: { a: 1 },
    reply: { kind: "result", result: { a: 1 } },
  },
  {
    desc: "an error as it is",
    error: { code: -32002, message: "no", data: { uri: "a" } },
    reply: { kind: "error", error: { code: -32002, message: "no", data: { uri: "a" } } },
  },
  ...["tools/call", "prompts/get", "resources/read"].map((method) => ({
    desc: `a question in answer to ${method}`,
    method,
    result: { resultType: "input_required", inputRequests: { a: {} }, requestState: "s", x: 1 },
    reply: {
      kind: "input_required" as const,
      result: { inputRequests: { a: {} }, requestState: "s", x: 1 },
    },
  })),
  {
    desc: "a question with nothing but a state",
    result: { resultType: "input_required", requestState: "s" },
    reply: { kind: "input_required", result: { requestState: "s" } },
  },
  {
    desc: "an empty question as invalid",
    result: { resultType: "input_required" },
    reply: "An input_required result has neither inputRequests nor requestState",
  },
  {
    desc: "a question in answer to a list as invalid",
    method: "tools/list",
    result: { resultType: "input_required", requestState: "s" },
    reply: "tools/list cannot be answered with input_required",
  },
  {
    desc: "a type nobody knows as invalid",
    result: { resultType: "task" },
    reply: 'Unknown resultType "task"',
  },
  {
    desc: "a type that is no text as invalid",
    result: { resultType: null },
    reply: "Unknown resultType null",
  },
  {
    desc: "a type named like a method of objects as invalid",
    result: { resultType: "constructor" },
    reply: 'Unknown resultType "constructor"',
  },
];

for (const { desc, method = "tools/call", result, error, reply } of REPLIES) {
  Deno.test(`decodeReply2026() reads ${desc}`, () => {
    assertEquals(
      decodeReply2026(method, error === undefined ? { result: result! } : { error }),
      reply,
    );
  });
}

const US = { name: "only1mcp", version: "1" };
const CONTEXT = { serverInfo: US, capabilities: {} };

Deno.test("encodeReply2026() says that a result is complete and who made it", () => {
  const reply: Reply = { kind: "result", result: { content: [], extra: 1, _meta: { x: 1 } } };
  assertEquals(encodeReply2026("tools/call", reply, CONTEXT), {
    result: { content: [], extra: 1, resultType: "complete", _meta: { [SERVER]: US, x: 1 } },
  });
});

Deno.test("encodeReply2026() leaves the maker that a result names", () => {
  const theirs = { name: "files", version: "2" };
  const reply: Reply = { kind: "result", result: { _meta: { [SERVER]: theirs } } };
  assertEquals(encodeReply2026("tools/call", reply, CONTEXT), {
    result: { resultType: "complete", _meta: { [SERVER]: theirs } },
  });
});

Deno.test("encodeReply2026() lets no backend choose the type of a result", () => {
  const reply: Reply = { kind: "result", result: { resultType: "input_required", _meta: 7 } };
  assertEquals(encodeReply2026("tools/call", reply, CONTEXT), {
    result: { resultType: "complete", _meta: { [SERVER]: US } },
  });
});

Deno.test("encodeReply2026() passes a question on without hints for caches", () => {
  const reply: Reply = { kind: "input_required", result: { inputRequests: { a: {} }, x: 1 } };
  assertEquals(encodeReply2026("resources/read", reply, CONTEXT), {
    result: {
      inputRequests: { a: {} },
      x: 1,
      resultType: "input_required",
      _meta: { [SERVER]: US },
    },
  });
});

const HINTS: readonly (readonly [given: string, ttlMs: number, cacheScope: string])[] = [
  ["{}", 0, "private"],
  ['{"ttlMs":5000,"cacheScope":"public"}', 5000, "public"],
  ['{"ttlMs":5000,"cacheScope":"private"}', 5000, "private"],
  ['{"ttlMs":1.9,"cacheScope":"shared"}', 1, "private"],
  ['{"ttlMs":60000.0}', 60000, "private"],
  ['{"ttlMs":6e4}', 60000, "private"],
  ['{"ttlMs":-1}', 0, "private"],
  ['{"ttlMs":-0.5}', 0, "private"],
  ['{"ttlMs":-0}', 0, "private"],
  ['{"ttlMs":1e400}', 0, "private"],
  ['{"ttlMs":9007199254740993}', 0, "private"],
  ['{"ttlMs":"5000"}', 0, "private"],
  ['{"ttlMs":null,"cacheScope":null}', 0, "private"],
];

for (const [given, ttlMs, cacheScope] of HINTS) {
  Deno.test(`encodeReply2026() makes of ${given} hints that caches may rely on`, () => {
    const result = parseJson(given) as JsonObject;
    const encoded = encodeReply2026("tools/list", { kind: "result", result }, CONTEXT);
    assertEquals(encoded, {
      result: { ttlMs, cacheScope, resultType: "complete", _meta: { [SERVER]: US } },
    });
    assert("result" in encoded && Object.is(encoded.result.ttlMs, ttlMs));
  });
}

Deno.test("encodeReply2026() gives hints with every cacheable result and no other", () => {
  for (const method of [...CACHEABLE_METHODS, "tools/call", "prompts/get", "completion/complete"]) {
    const encoded = encodeReply2026(method, { kind: "result", result: {} }, CONTEXT);
    assert("result" in encoded);
    assertEquals("ttlMs" in encoded.result, CACHEABLE_METHODS.has(method), method);
  }
});

const CODES: readonly (readonly [given: number, sent: number])[] = [
  [-32002, -32602],
  [-32042, -32603],
  [-32601, -32601],
  [-32602, -32602],
  [-32000, -32000],
  [42, 42],
];

for (const [given, sent] of CODES) {
  Deno.test(`encodeReply2026() sends error ${given} as ${sent}`, () => {
    const error = { code: given, message: "no", data: { uri: "file:///a" } };
    assertEquals(encodeReply2026("resources/read", { kind: "error", error }, CONTEXT), {
      error: { ...error, code: sent },
    });
  });
}

const STATUSES: readonly (readonly [code: number | undefined, status: number])[] = [
  [undefined, 200],
  [RpcCode.methodNotFound, 404],
  [RpcCode.headerMismatch, 400],
  [RpcCode.missingClientCapability, 400],
  [RpcCode.unsupportedProtocolVersion, 400],
  [RpcCode.invalidRequest, 200],
  [RpcCode.parseError, 200],
  [RpcCode.invalidParams, 200],
  [RpcCode.internalError, 200],
  [1, 200],
];

for (const [code, status] of STATUSES) {
  Deno.test(`httpStatus2026() answers ${code ?? "a result"} with ${status}`, () => {
    assertEquals(httpStatus2026(code === undefined ? undefined : { code, message: "" }), status);
  });
}
