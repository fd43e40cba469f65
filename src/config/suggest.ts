import { closestString } from "@std/text/closest-string";

/** The candidate that was probably meant, or undefined where none is close: a wild guess helps nobody. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  const [given, ...names] = [word, ...candidates].map(plain);
  if (given === undefined || given === "" || names.length === 0) return undefined;
  const closest = closestString(given, names);
  const near = distance(given, closest) <= Math.max(1, Math.floor(closest.length / 3));
  return near ? candidates[names.indexOf(closest)] : undefined;
}

/** `Did you mean "x"?`, or undefined where nothing is close. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const meant = suggest(word, candidates);
  return meant === undefined ? undefined : `Did you mean ${JSON.stringify(meant)}?`;
}

/** `maxRequestSize`, `max-request-size` and `max_request_size` are one word. */
function plain(word: string): string {
  // A key can be as long as the file; comparing costs the product of the lengths.
  return word.slice(0, 100).replace(/([a-z])([A-Z])/g, "$1_$2").replaceAll("-", "_").toLowerCase();
}

/** Edits between two words (Levenshtein), with a swap of neighbours counting as one. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (swapped) cost = Math.min(cost, before[j - 2]! + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row[to.length]!;
}
