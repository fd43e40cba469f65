import { suggest as suggestSpelling } from "../config/suggest.ts";

/** The name that was probably meant: a misspelt one, or one of which only a part was given. */
export function suggest(given: string, names: readonly string[]): string | undefined {
  // An edit distance dislikes length: `echo` is far from `everything__echo`, yet what was meant.
  const part = given.toLowerCase();
  return suggestSpelling(given, names) ?? (part.length < 3 ? undefined : names
    .filter((name) => name.toLowerCase().includes(part))
    .toSorted((a, b) => a.length - b.length)[0]);
}
