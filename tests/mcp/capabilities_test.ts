import { assertEquals } from "@std/assert";
import { sumCapabilities } from "../../src/mcp/capabilities.ts";
import type { JsonObject } from "../../src/mcp/frames.ts";

const EVERYTHING = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  completions: {},
  logging: {},
};

const CASES: readonly {
  readonly desc: string;
  readonly offers: readonly (JsonObject | undefined)[];
  readonly sum: JsonObject;
}[] = [
  { desc: "nothing for no servers", offers: [], sum: {} },
  { desc: "nothing for a server that offers nothing", offers: [{}], sum: {} },
  { desc: "everything while a server was never connected", offers: [undefined], sum: EVERYTHING },
  {
    desc: "changes of lists, whether the server announces them or not",
    offers: [{ tools: {} }, { resources: { subscribe: false } }],
    sum: { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true } },
  },
  {
    desc: "the union of what the servers offer",
    offers: [{ prompts: {}, logging: {} }, { completions: {}, tools: { listChanged: true } }],
    sum: {
      tools: { listChanged: true },
      prompts: { listChanged: true },
      completions: {},
      logging: {},
    },
  },
  {
    desc: "nothing for offers that are no objects",
    offers: [{ tools: true, prompts: null, logging: [] }],
    sum: {},
  },
  {
    desc: "extensions of all servers, the first server's settings winning",
    offers: [
      { extensions: { "com.example/a": { v: 1 } } },
      undefined,
      { extensions: { "com.example/a": { v: 2 }, "com.example/b": {} } },
    ],
    sum: { ...EVERYTHING, extensions: { "com.example/a": { v: 1 }, "com.example/b": {} } },
  },
  {
    desc: "no extension whose handles would name no server",
    offers: [{ extensions: { "io.modelcontextprotocol/tasks": {} } }],
    sum: {},
  },
  {
    desc: "experimental features",
    offers: [{ experimental: { x: {} } }],
    sum: { experimental: { x: {} } },
  },
  { desc: "no unknown capability", offers: [{ tasks: { list: {} }, constructor: {} }], sum: {} },
  { desc: "no broken extensions", offers: [{ extensions: "all", experimental: [1] }], sum: {} },
];

for (const { desc, offers, sum } of CASES) {
  Deno.test(`sumCapabilities() offers ${desc}`, () => {
    assertEquals(sumCapabilities(offers), sum);
  });
}
