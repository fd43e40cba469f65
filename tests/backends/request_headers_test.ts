import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../src/mcp/frames.ts";
import { parseJson } from "../../src/mcp/json.ts";
import { requestHeaders } from "../../src/backends/request_headers.ts";

const schema = {
  properties: {
    region: { type: "string", "x-mcp-header": "Region" },
    limit: { type: "integer", "x-mcp-header": "Limit" },
  },
};

const CASES: readonly {
  readonly desc: string;
  readonly method: string;
  readonly params: JsonObject;
  readonly schema?: unknown;
  readonly headers: Readonly<Record<string, string>> | undefined;
}[] = [
  {
    desc: "a tool's name",
    method: "tools/call",
    params: { name: "get_weather" },
    headers: { "Mcp-Name": "get_weather" },
  },
  {
    desc: "a prompt's name",
    method: "prompts/get",
    params: { name: "p" },
    headers: { "Mcp-Name": "p" },
  },
  {
    desc: "a resource's address",
    method: "resources/read",
    params: { uri: "file:///projects/myapp/config.json", name: "no" },
    headers: { "Mcp-Name": "file:///projects/myapp/config.json" },
  },
  {
    desc: "a name beyond ASCII in Base64",
    method: "tools/call",
    params: { name: "世界" },
    headers: { "Mcp-Name": "=?base64?5LiW55WM?=" },
  },
  {
    desc: "a name with a newline in Base64",
    method: "prompts/get",
    params: { name: "a\r\nX: 1" },
    headers: { "Mcp-Name": "=?base64?YQ0KWDogMQ==?=" },
  },
  {
    desc: "the arguments that the schema names",
    method: "tools/call",
    params: { name: "sql", arguments: { region: "us-west1", limit: 5, query: "select" } },
    schema,
    headers: { "Mcp-Name": "sql", "Mcp-Param-Region": "us-west1", "Mcp-Param-Limit": "5" },
  },
  {
    desc: "no arguments that are not there",
    method: "tools/call",
    params: { name: "sql" },
    schema,
    headers: { "Mcp-Name": "sql" },
  },
  {
    desc: "no arguments of a schema that breaks the rules",
    method: "tools/call",
    params: { name: "sql", arguments: { a: 1 } },
    schema: { properties: { a: { type: "number", "x-mcp-header": "A" } } },
    headers: { "Mcp-Name": "sql" },
  },
  { desc: "nothing of a list", method: "tools/list", params: { cursor: "c" }, headers: undefined },
  {
    desc: "nothing of a completion",
    method: "completion/complete",
    params: { name: "x" },
    headers: undefined,
  },
  { desc: "no name that is not there", method: "tools/call", params: {}, headers: {} },
  {
    desc: "no name that is no text",
    method: "tools/call",
    params: parseJson('{"name":1.0}') as JsonObject,
    headers: {},
  },
];

for (const { desc, method, params, schema, headers } of CASES) {
  Deno.test(`requestHeaders() mirrors ${desc}`, () => {
    assertEquals(requestHeaders(method, params, schema), headers);
  });
}
