import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../src/mcp/frames.ts";
import { ASKABLE, neutralQuestion, refusalOf } from "../../src/backends/askable.ts";

const FORM = { message: "Who?", requestedSchema: { type: "object" } };
const URL_MODE = { mode: "url", message: "Go", url: "https://example.org", elicitationId: "e1" };
const NOT_FOUND = -32601;
const INVALID = -32602;

const CASES: readonly (readonly [
  method: string,
  params: JsonObject,
  capabilities: JsonObject,
  code: number | undefined,
])[] = [
  ["roots/list", {}, {}, NOT_FOUND],
  ["roots/list", {}, { roots: {} }, undefined],
  ["roots/list", {}, { roots: { listChanged: true } }, undefined],
  ["roots/list", {}, { roots: true }, NOT_FOUND],
  ["roots/list", {}, { roots: null }, NOT_FOUND],
  ["roots/list", {}, { sampling: {}, elicitation: {} }, NOT_FOUND],
  ["sampling/createMessage", {}, {}, NOT_FOUND],
  ["sampling/createMessage", {}, { sampling: {} }, undefined],
  ["sampling/createMessage", {}, { sampling: [] }, NOT_FOUND],
  ["sampling/createMessage", { tools: [] }, { sampling: {} }, INVALID],
  ["sampling/createMessage", { toolChoice: {} }, { sampling: {} }, INVALID],
  ["sampling/createMessage", { tools: [] }, { sampling: { tools: true } }, INVALID],
  ["sampling/createMessage", { tools: [] }, { sampling: { tools: {} } }, undefined],
  ["elicitation/create", FORM, {}, NOT_FOUND],
  ["elicitation/create", FORM, { elicitation: {} }, undefined],
  ["elicitation/create", FORM, { elicitation: { form: {} } }, undefined],
  ["elicitation/create", FORM, { elicitation: { url: {} } }, INVALID],
  ["elicitation/create", { ...FORM, mode: "form" }, { elicitation: { url: {} } }, INVALID],
  ["elicitation/create", URL_MODE, { elicitation: {} }, INVALID],
  ["elicitation/create", URL_MODE, { elicitation: { form: {} } }, INVALID],
  ["elicitation/create", URL_MODE, { elicitation: { url: true } }, INVALID],
  ["elicitation/create", URL_MODE, { elicitation: { form: {}, url: {} } }, undefined],
  ["tasks/get", {}, ASKABLE, NOT_FOUND],
  ["tools/list", {}, ASKABLE, NOT_FOUND],
  ["constructor", {}, ASKABLE, NOT_FOUND],
];

for (const [method, params, capabilities, code] of CASES) {
  const title = `${method} ${JSON.stringify(params)} of ${JSON.stringify(capabilities)}`;
  Deno.test(`refusalOf() ${code === undefined ? "allows" : "refuses"} ${title}`, () => {
    assertEquals(refusalOf({ kind: "request", id: 1, method, params }, capabilities)?.code, code);
  });
}

Deno.test("refusalOf() allows a question without parameters", () => {
  assertEquals(
    refusalOf({ kind: "request", id: 1, method: "roots/list", params: undefined }, { roots: {} }),
    undefined,
  );
});

Deno.test("neutralQuestion() leaves out ids that only the server's own messages go by", () => {
  const url = { kind: "request", id: 7, method: "elicitation/create", params: URL_MODE } as const;
  assertEquals(neutralQuestion(url), {
    method: "elicitation/create",
    params: { mode: "url", message: "Go", url: "https://example.org" },
  });
  const params = { ...FORM, elicitationId: "kept", task: { ttl: 1 }, _meta: { a: 1 } };
  assertEquals(neutralQuestion({ kind: "request", id: 7, method: "elicitation/create", params }), {
    method: "elicitation/create",
    params: { ...FORM, elicitationId: "kept", _meta: { a: 1 } },
  });
  assertEquals(
    neutralQuestion({ kind: "request", id: 7, method: "roots/list", params: undefined }),
    {
      method: "roots/list",
      params: {},
    },
  );
});
