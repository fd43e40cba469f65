import { isAbsolute, join } from "@std/path";

/**
 * The absolute path of a server's program. A name is looked up on our own PATH, not on one its entry declares; `deno`
 * is the Deno that runs this program where it runs from source.
 *
 * @throws {Error} where there is no such program
 */
export async function resolveCommand(
  command: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  if (command.includes("/") || (Deno.build.os === "windows" && command.includes("\\"))) {
    if (!isAbsolute(command)) {
      throw new Error("a path must be absolute, or relative to the configuration file");
    }
    if (await isFile(command)) return command;
    throw new Error("there is no such file");
  }
  if (command === "deno" && !Deno.build.standalone) return Deno.execPath();
  const isWindows = Deno.build.os === "windows";
  const endings = isWindows ? (environment.PATHEXT ?? ".EXE;.CMD").split(";") : [""];
  for (const folder of (environment.PATH ?? "").split(isWindows ? ";" : ":")) {
    if (!isAbsolute(folder)) continue;
    for (const ending of endings) {
      const path = join(folder, command + ending);
      if (await isFile(path)) return path;
    }
  }
  throw new Error(`there is no program of that name on PATH`);
}

async function isFile(path: string): Promise<boolean> {
  try {
    const info = await Deno.stat(path);
    return info.isFile && (info.mode === null || (info.mode & 0o111) !== 0);
  } catch {
    return false;
  }
}
