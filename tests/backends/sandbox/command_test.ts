import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { resolveCommand } from "../../../src/backends/sandbox/command.ts";

/** A test of a PATH as POSIX has it. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: Deno.build.os === "windows", fn });
}

const NOT_FOUND = "there is no program of that name on PATH";

/** A folder with some programs and things that are none. */
async function programs(): Promise<AsyncDisposable & { readonly at: (name: string) => string }> {
  const root = await Deno.makeTempDir();
  const at = (name: string) => join(root, name);
  for (const folder of ["a", "b", "a/folder"]) await Deno.mkdir(at(folder));
  for (const name of ["a/one", "b/one", "b/two", "b/plain", "b/folder"]) {
    await Deno.writeTextFile(at(name), "#!/bin/sh\n", { mode: 0o755 });
  }
  await Deno.chmod(at("b/plain"), 0o644);
  await Deno.symlink(at("b/two"), at("a/link"));
  await Deno.symlink(at("nowhere"), at("a/dangling"));
  return { at, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

const FOUND: readonly { readonly desc: string; readonly command: string; readonly path: string }[] =
  [
    { desc: "in the first folder that has it", command: "one", path: "a/one" },
    { desc: "in a later folder", command: "two", path: "b/two" },
    { desc: "through a link", command: "link", path: "a/link" },
    { desc: "beyond a folder of its name", command: "folder", path: "b/folder" },
  ];

for (const { desc, command, path } of FOUND) {
  test(`resolveCommand() finds a program ${desc}`, async () => {
    await using folder = await programs();
    const PATH = `:.:relative:${folder.at("none")}:${folder.at("a")}:${folder.at("b")}`;
    assertEquals(await resolveCommand(command, { PATH }), folder.at(path));
  });
}

for (const command of ["plain", "three", "dangling", "..", ".", "one "]) {
  test(`resolveCommand() does not find "${command}"`, async () => {
    await using folder = await programs();
    const PATH = `${folder.at("a")}:${folder.at("b")}`;
    await assertRejects(() => resolveCommand(command, { PATH }), Error, NOT_FOUND);
  });
}

test("resolveCommand() takes an absolute path as it is", async () => {
  await using folder = await programs();
  assertEquals(await resolveCommand(folder.at("b/one"), {}), folder.at("b/one"));
  for (const name of ["b/none", "b/plain", "a/folder", "a/dangling"]) {
    await assertRejects(() => resolveCommand(folder.at(name), {}), Error, "there is no such file");
  }
});

for (const command of ["./one", "../one", "bin/one", "a/"]) {
  test(`resolveCommand() refuses the relative path "${command}"`, async () => {
    await assertRejects(() => resolveCommand(command, { PATH: "/bin" }), Error, "must be absolute");
  });
}

test("resolveCommand() finds nothing without a PATH, or on one without absolute folders", async () => {
  for (const environment of [{}, { PATH: "" }, { PATH: ".:bin:" }] as Record<string, string>[]) {
    await assertRejects(() => resolveCommand("sh", environment), Error, NOT_FOUND);
  }
});

Deno.test("resolveCommand() runs deno with the deno that runs the gateway", async () => {
  assertEquals(await resolveCommand("deno", { PATH: "" }), Deno.execPath());
});
