import type { JsonObject } from "./frames.ts";
import { isJsonObject } from "./json.ts";
import { without } from "./meta.ts";

/** Extensions whose messages name handles that would be ambiguous behind a gateway. */
const NOT_CARRIED = ["io.modelcontextprotocol/tasks"];

/**
 * What the gateway offers for servers that offer these: the sum of what it can carry. Changes of lists and updates of
 * resources are always announced, because servers come and go behind it. A server that was never connected is
 * `undefined` and counts as offering everything, so that no client gives up on it.
 */
export function sumCapabilities(offers: readonly (JsonObject | undefined)[]): JsonObject {
  const offered = (name: string) =>
    offers.some((offer) => offer === undefined || isJsonObject(offer[name]));
  const sum: Record<string, unknown> = {};
  if (offered("tools")) sum.tools = { listChanged: true };
  if (offered("prompts")) sum.prompts = { listChanged: true };
  if (offered("resources")) sum.resources = { subscribe: true, listChanged: true };
  if (offered("completions")) sum.completions = {};
  if (offered("logging")) sum.logging = {};
  for (const name of ["extensions", "experimental"]) {
    const merged = offers.reduce<JsonObject>((all, offer) => {
      const part = offer?.[name];
      return isJsonObject(part) ? { ...part, ...all } : all;
    }, {});
    const carried = without(merged, NOT_CARRIED);
    if (Object.keys(carried).length > 0) sum[name] = carried;
  }
  return sum;
}
