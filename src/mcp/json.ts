import { isRawNumber, parseExactly } from "./exact_numbers.ts";

export { isRawNumber, type RawNumber } from "./exact_numbers.ts";

/**
 * A number whose text a JavaScript number may not reproduce: 16 or more digits, an exponent, trailing zeros after the
 * point, or minus zero. The test may say yes for harmless text; it never misses damage.
 */
const RISKY_NUMBER =
  /[:,[]\s*-?(?:\d[\d.]{15}|\d+\.\d*0\s*[,\]}]|\d+(?:\.\d+)?[eE]|(?<=-)0\s*[,\]}])/;

/** Nesting beyond this is refused: `JSON.parse` itself accepts millions of levels, which later recursion would not. */
export const MAX_JSON_DEPTH = 256;

/** Thrown for text that is not JSON, or is nested deeper than {@link MAX_JSON_DEPTH}. */
export class JsonTextError extends Error {
  override readonly name = "JsonTextError";
}

/**
 * Parses JSON without damaging numbers: one that a JavaScript number cannot hold becomes a raw JSON value, which
 * `JSON.stringify` writes back digit for digit.
 *
 * @throws {JsonTextError} for malformed or too deeply nested text
 */
export function parseJson(text: string): unknown {
  if (text.length > MAX_JSON_DEPTH && isDeeperThan(text, MAX_JSON_DEPTH)) {
    throw new JsonTextError(`JSON is nested deeper than ${MAX_JSON_DEPTH} levels`);
  }
  try {
    // The first parse also says whether the text is JSON at all, on which the exact one relies.
    const value: unknown = JSON.parse(text);
    return hasRiskyNumber(text) ? parseExactly(text) : value;
  } catch (cause) {
    throw new JsonTextError("Text is not JSON", { cause });
  }
}

/** The value of a number, kept as text or not; undefined for anything else. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return isRawNumber(value) ? Number(value.rawJSON) : undefined;
}

/** True for a plain JSON object: not null, not an array, not a number kept as text. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !isRawNumber(value);
}

function hasRiskyNumber(text: string): boolean {
  const first = text.charCodeAt(0);
  // What is neither object nor array may be a bare number, which the expression knows by its surroundings only.
  return RISKY_NUMBER.test(first === 0x7b || first === 0x5b ? text : `:${text},`);
}

function isDeeperThan(text: string, limit: number): boolean {
  // Cheap rejection first: without that many openers anywhere, strings included, the nesting cannot be that deep.
  let openers = 0;
  for (let at = 0; at < text.length && openers <= limit; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) openers++;
  }
  if (openers <= limit) return false;

  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > limit) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}

/** JSON text that is the same for the same value, whatever order its keys came in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (!isJsonObject(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => a < b ? -1 : 1));
  });
}
