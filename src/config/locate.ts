import { join } from "@std/path";

export interface LocateOptions {
  /** `--config`, where given: then nowhere else is looked. */
  readonly path?: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether a file is there. Default: asks the disk. */
  readonly exists?: (path: string) => Promise<boolean>;
}

/** Where the configuration is, or where it was looked for. */
export type Location =
  | { readonly kind: "found"; readonly file: string }
  | { readonly kind: "missing"; readonly tried: readonly string[]; readonly message: string };

/**
 * Finds the configuration file: `--config`, `$ONLY1MCP_CONFIG`, `./only1mcp.yaml`, `$XDG_CONFIG_HOME/only1mcp/config.yaml`
 * (`~/.config` where that is unset), `/etc/only1mcp/config.yaml`. The first two are taken at their word: a file that was
 * asked for and is not there must not be replaced by another.
 */
export async function locateConfig(options: LocateOptions): Promise<Location> {
  const { path, environment, exists = isFile } = options;
  const asked = path ?? own(environment, "ONLY1MCP_CONFIG");
  if (asked !== undefined) return { kind: "found", file: asked };
  const tried = ["only1mcp.yaml", ...userFile(environment), "/etc/only1mcp/config.yaml"];
  for (const file of tried) {
    if (await exists(file)) return { kind: "found", file };
  }
  const message = `Cannot find a configuration: looked for ${tried.join(", ")}; expected one of ` +
    "these, --config FILE or ONLY1MCP_CONFIG";
  return { kind: "missing", tried, message };
}

function userFile(environment: Readonly<Record<string, string>>): readonly string[] {
  const xdg = own(environment, "XDG_CONFIG_HOME");
  const home = own(environment, "HOME") ?? own(environment, "USERPROFILE");
  // The XDG specification: a relative path in this variable is invalid and to be ignored.
  if (xdg !== undefined && /^([/\\]|[A-Za-z]:)/.test(xdg)) {
    return [join(xdg, "only1mcp", "config.yaml")];
  }
  return home === undefined ? [] : [join(home, ".config", "only1mcp", "config.yaml")];
}

/** A variable's value; an empty one counts as unset. */
function own(environment: Readonly<Record<string, string>>, name: string): string | undefined {
  return (Object.hasOwn(environment, name) ? environment[name] : undefined) || undefined;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return !(await Deno.stat(path)).isDirectory;
  } catch (error) {
    // One that is there but closed to us is found: loading it then says why it cannot be read.
    return error instanceof Deno.errors.PermissionDenied;
  }
}
