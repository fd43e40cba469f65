import type { JsonObject } from "./frames.ts";
import { isJsonObject, isRawNumber } from "./json.ts";

// 2026-07-28 basic/transports/streamable-http, "Custom Headers from Tool Parameters" and "Value Encoding".

/** One tool parameter that is mirrored into a header. */
export interface HeaderParam {
  /** `Mcp-Param-<name>`. */
  readonly header: string;
  /** The chain of property names that leads to the value in the arguments. */
  readonly path: readonly string[];
  readonly type: "string" | "integer" | "boolean";
}

const ANNOTATION = "x-mcp-header";
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const INTEGER = /^-?\d+(\.0*)?$/;
const MAX_SCHEMA_DEPTH = 64;

const known = new WeakMap<object, readonly HeaderParam[] | string>();

/**
 * The parameters a tool wants mirrored, or a sentence saying why its annotations are invalid (the tool is then not to
 * be offered over HTTP). Remembered per schema object.
 */
export function headerParams(inputSchema: unknown): readonly HeaderParam[] | string {
  if (!isJsonObject(inputSchema)) return [];
  let params = known.get(inputSchema);
  if (params === undefined) {
    params = findHeaderParams(inputSchema);
    known.set(inputSchema, params);
  }
  return params;
}

/** The headers that mirror these arguments. */
export function paramHeaders(
  params: readonly HeaderParam[],
  args: unknown,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { header, path } of params) {
    const text = asText(valueAt(args, path));
    if (text !== undefined) headers[header] = encodeHeaderValue(text);
  }
  return headers;
}

/** Why a client's headers do not mirror its arguments; undefined where they do. */
export function paramHeaderMismatch(
  params: readonly HeaderParam[],
  args: unknown,
  header: (name: string) => string | undefined,
): string | undefined {
  for (const { header: name, path, type } of params) {
    const wanted = asText(valueAt(args, path));
    const sent = header(name);
    if (wanted === undefined) {
      if (sent !== undefined) {
        return `${name} is sent, but the arguments have no "${path.join(".")}"`;
      }
      continue;
    }
    if (sent === undefined) return `${name} is missing, but the arguments have "${path.join(".")}"`;
    const value = decodeHeaderValue(sent);
    if (value === undefined) return `${name} is not a valid header value`;
    if (!isSame(value, wanted, type)) {
      return `${name} does not match "${path.join(".")}" in the arguments`;
    }
  }
  return undefined;
}

/** Text as a header value; what is not plain visible ASCII goes in the Base64 form. */
export function encodeHeaderValue(text: string): string {
  const isPlain = /^(?:[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)?$/.test(text);
  if (isPlain && !(text.startsWith("=?base64?") && text.endsWith("?="))) return text;
  const bytes = new TextEncoder().encode(text);
  return `=?base64?${bytes.toBase64()}?=`;
}

/** The text of a header value; undefined for one that is not well formed. */
export function decodeHeaderValue(value: string): string | undefined {
  if (!/^[\x20-\x7e\t]*$/.test(value)) return undefined;
  if (!(value.startsWith("=?base64?") && value.endsWith("?="))) return value;
  try {
    const bytes = Uint8Array.fromBase64(value.slice(9, -2), { lastChunkHandling: "strict" });
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function findHeaderParams(schema: JsonObject): readonly HeaderParam[] | string {
  const found: HeaderParam[] = [];
  const names = new Set<string>();
  const problem = walk(schema, [], true, 0);
  return problem ?? found;

  function walk(
    node: unknown,
    path: readonly string[],
    isReachable: boolean,
    depth: number,
  ): string | undefined {
    if (depth > MAX_SCHEMA_DEPTH) return `Schema is nested deeper than ${MAX_SCHEMA_DEPTH} levels`;
    if (Array.isArray(node)) return first(node, (item) => walk(item, path, false, depth + 1));
    if (!isJsonObject(node)) return undefined;
    if (node[ANNOTATION] !== undefined) {
      const problem = note(node, path, isReachable);
      if (problem !== undefined) return problem;
    }
    return first(Object.entries(node), ([key, value]) => {
      if (key === "properties" && isJsonObject(value)) {
        return first(
          Object.entries(value),
          ([name, property]) => walk(property, [...path, name], isReachable, depth + 1),
        );
      }
      // Data, not schema: an example or default may hold any key.
      if (key === "default" || key === "const" || key === "enum" || key === "examples") {
        return undefined;
      }
      return walk(value, path, false, depth + 1);
    });
  }

  function note(
    node: JsonObject,
    path: readonly string[],
    isReachable: boolean,
  ): string | undefined {
    const name = node[ANNOTATION];
    if (typeof name !== "string" || !TOKEN.test(name)) return `${ANNOTATION} is not a header name`;
    if (!isReachable || path.length === 0) {
      return `${ANNOTATION} "${name}" is not on a plain property`;
    }
    if (node.type !== "string" && node.type !== "integer" && node.type !== "boolean") {
      return `${ANNOTATION} "${name}" is on a property that is neither string, integer nor boolean`;
    }
    if (names.has(name.toLowerCase())) return `${ANNOTATION} "${name}" occurs twice`;
    names.add(name.toLowerCase());
    found.push({ header: `Mcp-Param-${name}`, path, type: node.type });
    return undefined;
  }
}

function first<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueAt(args: unknown, path: readonly string[]): unknown {
  let value = args;
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (!isRawNumber(value)) return undefined;
  const number = Number(value.rawJSON);
  return Number.isSafeInteger(number) ? String(number) : value.rawJSON;
}

function isSame(sent: string, wanted: string, type: HeaderParam["type"]): boolean {
  if (sent === wanted) return true;
  if (type !== "integer" || !INTEGER.test(sent) || !INTEGER.test(wanted)) return false;
  // Beyond the safe range different integers become the same number.
  return Number.isSafeInteger(Number(sent)) && Number(sent) === Number(wanted);
}
