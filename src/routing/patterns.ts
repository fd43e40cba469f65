/** Matches text against literals with gaps between them that stand for anything; linear in the text. */
function matchesPieces(text: string, pieces: readonly string[]): boolean {
  const [head = "", ...rest] = pieces;
  if (rest.length === 0) return text === head;
  if (!text.startsWith(head)) return false;
  const tail = rest.pop()!;
  let at = head.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}

/** A test for names by patterns in which `*` stands for anything and `?` for one character. */
export function nameFilter(
  filter: { readonly allow: readonly string[]; readonly deny: readonly string[] },
): (name: string) => boolean {
  return (name) =>
    filter.allow.some((pattern) => matchesPattern(name, pattern)) &&
    !filter.deny.some((pattern) => matchesPattern(name, pattern));
}

/** Goes back to the last `*` only, which is enough and keeps hostile patterns from taking for ever. */
function matchesPattern(text: string, pattern: string): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let behindStar = 0;
  while (at < text.length) {
    if (pattern[next] === "*") {
      star = next++;
      behindStar = at;
    } else if (pattern[next] === "?" || pattern[next] === text[at]) {
      at++;
      next++;
    } else if (star !== -1) {
      next = star + 1;
      at = ++behindStar;
    } else return false;
  }
  while (pattern[next] === "*") next++;
  return next === pattern.length;
}

/**
 * A test for URIs that a template (RFC 6570) may have made. Every expression counts as anything, which is all that
 * choosing a server needs; the server judges the rest.
 */
export function templateMatcher(template: string): (uri: string) => boolean {
  const pieces = template.split(/\{[^{}]*\}/);
  return (uri) => matchesPieces(uri, pieces);
}
