import type { JsonObject } from "../mcp/frames.ts";
import { isJsonObject } from "../mcp/json.ts";
import type { ListKind } from "../mcp/message.ts";

// Clients check whole lists: one item of a wrong shape, and they see none of any server. So what the schema of the
// protocol demands of an item is looked at here, and nothing else: unknown fields pass.

type Check = readonly [field: string, isRight: (value: unknown) => boolean, wanted: string];

const TEXT = (field: string): Check => [field, (value) => typeof value === "string", "text"];
const OBJECT = (field: string): Check => [field, isJsonObject, "an object"];
const LIST = (field: string): Check => [
  field,
  (value) => Array.isArray(value) && value.every(isJsonObject),
  "a list of objects",
];

const COMMON = [TEXT("title"), TEXT("description"), OBJECT("_meta"), LIST("icons")];
const OPTIONAL: Readonly<Record<ListKind, readonly Check[]>> = {
  tools: [
    ...COMMON,
    OBJECT("annotations"),
    OBJECT("inputSchema"),
    OBJECT("outputSchema"),
    OBJECT("execution"),
  ],
  prompts: [...COMMON, LIST("arguments")],
  resources: [...COMMON, TEXT("name"), TEXT("mimeType"), OBJECT("annotations")],
  resourceTemplates: [...COMMON, TEXT("name"), TEXT("mimeType"), OBJECT("annotations")],
};

/** What is wrong with an item, for people; undefined where clients will take it. */
export function shapeProblem(kind: ListKind, item: JsonObject): string | undefined {
  for (const [field, isRight, wanted] of OPTIONAL[kind]) {
    if (item[field] !== undefined && !isRight(item[field])) {
      return `its "${field}" is not ${wanted}`;
    }
  }
  const schema = item.inputSchema;
  if (
    kind === "tools" && isJsonObject(schema) && schema.type !== undefined &&
    schema.type !== "object"
  ) {
    return 'its "inputSchema" is not of type "object"';
  }
  return undefined;
}

/** The item with what it should have said and can be known: a schema that allows anything, a name to show. */
export function completed(kind: ListKind, item: JsonObject): JsonObject {
  switch (kind) {
    case "tools": {
      const schema = isJsonObject(item.inputSchema) ? item.inputSchema : {};
      return schema.type === undefined
        ? { ...item, inputSchema: { type: "object", ...schema } }
        : item;
    }
    case "prompts":
      return item;
    case "resources":
      return item.name === undefined ? { ...item, name: item.uri } : item;
    case "resourceTemplates":
      return item.name === undefined ? { ...item, name: item.uriTemplate } : item;
  }
}
