import type { JsonObject } from "../mcp/frames.ts";
import { isJsonObject, JsonTextError, parseJson } from "../mcp/json.ts";
import { CommandError, Exit } from "./exit.ts";
import type { World } from "./world.ts";

/** The ways to give a tool its arguments; pairs are laid over the object. */
export interface ArgumentSources {
  /** A JSON object, or `-` for standard input. */
  readonly json: string | undefined;
  readonly file: string | undefined;
  /** `key=text` and `key:=json`. */
  readonly pairs: readonly string[];
}

/**
 * Reads a tool's arguments without damaging a number.
 *
 * @throws {CommandError} with exit code 64 for anything that is not a JSON object
 */
export async function readToolArguments(
  { json, file, pairs }: ArgumentSources,
  world: Pick<World, "input" | "readText">,
): Promise<JsonObject> {
  if (json !== undefined && file !== undefined) {
    throw new CommandError(Exit.usage, "Arguments are given twice: as JSON and as --file");
  }
  const object = await readObject(json, file, world);
  return Object.fromEntries([...Object.entries(object), ...pairs.map(readPair)]);
}

async function readObject(
  json: string | undefined,
  file: string | undefined,
  world: Pick<World, "input" | "readText">,
): Promise<JsonObject> {
  if (json === "-" || file === "-") {
    return toObject(await new Response(world.input).text(), "Standard input");
  }
  if (file !== undefined) return toObject(await readFile(file, world), `File "${file}"`);
  return json === undefined ? {} : toObject(json, "Argument JSON");
}

async function readFile(file: string, world: Pick<World, "readText">): Promise<string> {
  try {
    return await world.readText(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(Exit.usage, `Cannot read "${file}": ${why}`);
  }
}

function toObject(text: string, what: string): JsonObject {
  const value = parse(text, what);
  if (isJsonObject(value)) return value;
  throw new CommandError(
    Exit.usage,
    `${what} must be a JSON object`,
    `For instance: '{"message": "hello"}'`,
  );
}

function readPair(pair: string): readonly [string, unknown] {
  const match = /^([^=]+?)(:?=)(.*)$/s.exec(pair);
  if (match === null) {
    throw new CommandError(Exit.usage, `Flag --arg must be KEY=TEXT or KEY:=JSON: "${pair}"`);
  }
  const [, key = "", sign, text = ""] = match;
  return [key, sign === "=" ? text : parse(text, `Flag --arg ${key}`)];
}

function parse(text: string, what: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const detail = error.cause instanceof Error ? error.cause.message : error.message;
    throw new CommandError(Exit.usage, `${what} is not JSON: ${detail}`);
  }
}
