import { fromFileUrl } from "@std/path";

const fixtures = fromFileUrl(new URL("../fixtures/", import.meta.url));

export interface FixtureEntry {
  readonly args?: readonly string[];
  /** What Deno lets it do. Default: nothing. */
  readonly permissions?: readonly string[];
  /** More fields of its entry, such as `timeouts`. */
  readonly more?: { readonly [key: string]: unknown };
}

/** The entry under `servers:` that runs `tests/fixtures/<name>.ts` over stdio. */
export function fixtureEntry(id: string, name: string, entry: FixtureEntry = {}): object {
  const { args = [], permissions = [], more = {} } = entry;
  const flags = ["--quiet", "--no-prompt", "--no-config", "--no-lock", ...permissions];
  return {
    id,
    transport: {
      type: "stdio",
      command: Deno.execPath(),
      args: ["run", ...flags, `${fixtures}${name}.ts`, ...args],
    },
    ...more,
  };
}
