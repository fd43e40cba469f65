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

/** A test for names by patterns in which `*` stands for anything. */
export function nameFilter(
  filter: { readonly allow: readonly string[]; readonly deny: readonly string[] },
): (name: string) => boolean {
  const [allow, deny] = [filter.allow, filter.deny].map((patterns) =>
    patterns.map((pattern) => pattern.split("*"))
  );
  return (name) =>
    allow!.some((pieces) => matchesPieces(name, pieces)) &&
    !deny!.some((pieces) => matchesPieces(name, pieces));
}

/**
 * A test for URIs that a template (RFC 6570) may have made. Every expression counts as anything, which is all that
 * choosing a server needs; the server judges the rest.
 */
export function templateMatcher(template: string): (uri: string) => boolean {
  const pieces = template.split(/\{[^{}]*\}/);
  return (uri) => matchesPieces(uri, pieces);
}
