/** Between a server's id, which has no underscore, and its own name of a thing. */
const SEPARATOR = "__";
const PUBLIC_NAME = /^[A-Za-z0-9_.-]{1,128}$/;
const QUALIFIED_URI = /^only1mcp\+([a-z0-9][a-z0-9-]*):(.+)$/s;

/** The public form of a server's tool or prompt that is always understood. */
export function prefixedName(server: string, name: string): string {
  return server + SEPARATOR + name;
}

/** Takes a prefixed name apart; undefined for a name that is not prefixed. */
export function splitName(
  name: string,
): { readonly server: string; readonly name: string } | undefined {
  const at = name.indexOf(SEPARATOR);
  if (at < 1) return undefined;
  return { server: name.slice(0, at), name: name.slice(at + SEPARATOR.length) };
}

/** Whether clients and models everywhere accept this name of a tool or prompt. */
export function isPublicName(name: string): boolean {
  return PUBLIC_NAME.test(name);
}

/** The form of a URI, or URI template, that says which server is meant. */
export function qualifiedUri(server: string, uri: string): string {
  return `only1mcp+${server}:${uri}`;
}

/** Takes a server-qualified URI apart; undefined for any other. */
export function splitUri(
  uri: string,
): { readonly server: string; readonly uri: string } | undefined {
  const match = QUALIFIED_URI.exec(uri);
  return match === null ? undefined : { server: match[1]!, uri: match[2]! };
}
