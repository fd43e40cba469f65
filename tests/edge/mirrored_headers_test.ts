import { assertEquals, assertMatch } from "@std/assert";
import { headerMismatch } from "../../src/edge/mirrored_headers.ts";
import type { JsonObject, RequestFrame } from "../../src/mcp/frames.ts";
import { MetaKey } from "../../src/mcp/meta.ts";

const SCHEMA = {
  type: "object",
  properties: {
    region: { type: "string", "x-mcp-header": "Region" },
    count: { type: "integer", "x-mcp-header": "Count" },
  },
};

interface Asked {
  readonly method: string;
  readonly params?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly schema?: unknown;
}

/** What is wrong with a request whose headers are right but for those given; an empty one is left out. */
function mismatch({ method, params = {}, headers = {}, schema }: Asked) {
  const name = params.name ?? params.uri;
  const sent = new Map(
    Object.entries({
      "mcp-method": method,
      "mcp-protocol-version": "2026-07-28",
      ...typeof name === "string" ? { "mcp-name": name } : {},
      ...headers,
    }),
  );
  const _meta = { [MetaKey.protocolVersion]: "2026-07-28" };
  const frame: RequestFrame = { kind: "request", id: 1, method, params: { _meta, ...params } };
  return headerMismatch(frame, (key) => sent.get(key) || undefined, () => Promise.resolve(schema));
}

const call = (args?: JsonObject) => ({
  method: "tools/call",
  params: { name: "t", ...args && { arguments: args } },
  schema: SCHEMA,
});

for (
  const { desc, asked, expected } of [
    { desc: "a list", asked: { method: "tools/list" }, expected: undefined },
    { desc: "a call", asked: call(), expected: undefined },
    {
      desc: "no method",
      asked: { method: "tools/list", headers: { "mcp-method": "" } },
      expected: /Mcp-Method is missing/,
    },
    {
      desc: "another method",
      asked: { method: "tools/list", headers: { "mcp-method": "Tools/List" } },
      expected: /Mcp-Method does not match/,
    },
    {
      desc: "no name",
      asked: { ...call(), headers: { "mcp-name": "" } },
      expected: /Mcp-Name is missing/,
    },
    {
      desc: "another name",
      asked: { ...call(), headers: { "mcp-name": "T" } },
      expected: /Mcp-Name does not match params.name/,
    },
    {
      desc: "a name for nothing",
      asked: { method: "tools/list", headers: { "mcp-name": "t" } },
      expected: undefined,
    },
    {
      desc: "an encoded name",
      asked: {
        method: "prompts/get",
        params: { name: "é" },
        headers: { "mcp-name": "=?base64?w6k=?=" },
      },
      expected: undefined,
    },
    {
      desc: "a name that is encoded without need",
      asked: { ...call(), headers: { "mcp-name": "=?base64?dA==?=" } },
      expected: undefined,
    },
    {
      desc: "a name whose encoding is broken",
      asked: { ...call(), headers: { "mcp-name": "=?base64?w6?=" } },
      expected: /Mcp-Name is not a valid/,
    },
    {
      desc: "a name in bytes that no header may hold",
      asked: { method: "prompts/get", params: { name: "é" }, headers: { "mcp-name": "é" } },
      expected: /Mcp-Name is not a valid/,
    },
    {
      desc: "a resource by its URI",
      asked: { method: "resources/read", params: { uri: "f:/x" } },
      expected: undefined,
    },
    {
      desc: "a resource by another",
      asked: { method: "resources/read", params: { uri: "f:/x" }, headers: { "mcp-name": "f:/y" } },
      expected: /does not match params.uri/,
    },
    {
      desc: "a body without the name",
      asked: { method: "tools/call", headers: { "mcp-name": "t" } },
      expected: /does not match params.name/,
    },
    {
      desc: "no version",
      asked: { method: "tools/list", headers: { "mcp-protocol-version": "" } },
      expected: /MCP-Protocol-Version is missing/,
    },
    {
      desc: "another version",
      asked: { method: "tools/list", headers: { "mcp-protocol-version": "2026-07-29" } },
      expected: /does not match the version/,
    },
    {
      desc: "no version in the body, which is refused elsewhere",
      asked: { method: "tools/list", params: { _meta: {} } },
      expected: undefined,
    },
    {
      desc: "a mirrored argument",
      asked: { ...call({ region: "eu" }), headers: { "mcp-param-region": "eu" } },
      expected: undefined,
    },
    {
      desc: "an argument that is not mirrored",
      asked: call({ region: "eu" }),
      expected: /Mcp-Param-Region is missing/,
    },
    {
      desc: "an argument mirrored wrongly",
      asked: { ...call({ region: "eu" }), headers: { "mcp-param-region": "us" } },
      expected: /Mcp-Param-Region does not match/,
    },
    {
      desc: "a header without its argument",
      asked: { ...call({}), headers: { "mcp-param-region": "us" } },
      expected: /Mcp-Param-Region is sent/,
    },
    { desc: "an argument that is null", asked: call({ region: null }), expected: undefined },
    {
      desc: "an integer in another form",
      asked: { ...call({ count: 42 }), headers: { "mcp-param-count": "42.0" } },
      expected: undefined,
    },
    {
      desc: "a parameter nobody mirrors",
      asked: { ...call({}), headers: { "mcp-param-other": "x" } },
      expected: undefined,
    },
    {
      desc: "a prompt, whose arguments are not mirrored",
      asked: { ...call({ region: "eu" }), method: "prompts/get" },
      expected: undefined,
    },
    {
      desc: "a tool nobody has",
      asked: { ...call({ region: "eu" }), schema: undefined },
      expected: undefined,
    },
  ] as readonly { desc: string; asked: Asked; expected: RegExp | undefined }[]
) {
  Deno.test(`headerMismatch() judges ${desc}`, async () => {
    const why = await mismatch(asked);
    if (expected === undefined) assertEquals(why, undefined);
    else assertMatch(why ?? "", expected);
  });
}
