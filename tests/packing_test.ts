import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import manifest from "../deno.json" with { type: "json" };
import { compileArgs, missingRuntime, TARGETS } from "../scripts/compile.ts";
import { GATEWAY_PERMISSIONS } from "../scripts/permissions.ts";

const root = join(fromFileUrl(import.meta.url), "..", "..");

Deno.test("GATEWAY_PERMISSIONS are the flags of every task that runs the gateway", () => {
  for (const name of ["start", "dev", "only1mcp"] as const) {
    const words = manifest.tasks[name].command.split(" ");
    const flags = words.slice(2, words.indexOf("main.ts"));
    assertEquals(words.slice(0, 2), ["deno", "run"]);
    assertEquals(flags, GATEWAY_PERMISSIONS, `Task "${name}"`);
  }
});

Deno.test("GATEWAY_PERMISSIONS leave out foreign functions and remote imports", () => {
  for (const flag of ["--allow-all", "-A", "--allow-ffi", "--allow-import"]) {
    assert(!GATEWAY_PERMISSIONS.some((given) => given.split("=")[0] === flag), flag);
  }
  for (const flag of ["--no-prompt", "--deny-ffi", "--deny-import"]) {
    assert(GATEWAY_PERMISSIONS.includes(flag), flag);
  }
});

Deno.test("missingRuntime() explains a failed download of the runtime and nothing else", () => {
  const download = "error: Writing deno compile executable\n\nCaused by:\n" +
    "    0: Setting up base binary.\n    1: error sending request";
  const why = missingRuntime(download);
  assert(why !== undefined);
  assertStringIncludes(why, "could not be downloaded");
  assertStringIncludes(why, "DENORT_BIN");
  assertStringIncludes(why, "deno task bundle");
  assertEquals(missingRuntime("TS2307 [ERROR]: Cannot find module"), undefined);
});

Deno.test("the release workflow builds every target", async () => {
  const workflow = await Deno.readTextFile(join(root, ".github/workflows/release.yml"));
  for (const target of TARGETS) assertStringIncludes(workflow, target);
});

Deno.test({
  name: "compile packs main.ts with exactly the gateway's permissions and without the tests " +
    "(on Linux, where the stand-in for the runtime is an ELF file)",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "only1mcp-packing-" });
    try {
      const { metadata, report } = await pack(folder);
      assertEquals(permissionsIn(metadata), permissionsOf(GATEWAY_PERMISSIONS));
      assertEquals(metadata.entrypoint_key, "main.ts");
      assertEquals(metadata.argv, []);
      assertEquals(metadata.unstable_config.features, manifest.unstable);
      assertStringIncludes(report, "main.ts");
      for (const folder of ["tests", "scripts"]) {
        assert(!new RegExp(`[─┬] ${folder}\\b`).test(report), `Embeds ${folder}:\n${report}`);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** The parts of a compiled program's metadata that matter here. */
interface Metadata {
  readonly argv: readonly string[];
  readonly entrypoint_key: string;
  readonly permissions: Readonly<Record<string, unknown>>;
  readonly unstable_config: { readonly features: readonly string[] };
}

/** Does everything that `deno task compile` does except downloading the runtime, for which a tiny program stands in. */
async function pack(folder: string): Promise<{ metadata: Metadata; report: string }> {
  const runtime = join(folder, "runtime");
  const output = join(folder, "only1mcp");
  await Deno.writeFile(runtime, tinyProgram(), { mode: 0o755 });
  const run = await new Deno.Command(Deno.execPath(), {
    args: compileArgs({ output, target: "x86_64-unknown-linux-gnu" }),
    cwd: root,
    env: { DENORT_BIN: runtime, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const report = new TextDecoder().decode(run.stdout) + new TextDecoder().decode(run.stderr);
  assert(run.success, `deno compile failed:\n${report}`);
  return { metadata: metadataIn(await Deno.readFile(output)), report };
}

/** A complete x86-64 Linux program of one segment that ends at once: `exit(0)`. */
function tinyProgram(): Uint8Array {
  const code = [0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05];
  const headerBytes = 64 + 56;
  const bytes = new Uint8Array(headerBytes + code.length);
  const view = new DataView(bytes.buffer);
  const base = 0x400000n;
  const size = BigInt(bytes.length);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // ELF, 64 bits, little-endian, version 1
  view.setUint16(16, 2, true); // an executable
  view.setUint16(18, 62, true); // for x86-64
  view.setUint32(20, 1, true);
  view.setBigUint64(24, base + BigInt(headerBytes), true); // first instruction
  view.setBigUint64(32, 64n, true); // where the segment table starts
  view.setUint16(52, 64, true); // bytes of this header
  view.setUint16(54, 56, true); // bytes of a segment entry
  view.setUint16(56, 1, true); // one segment
  view.setUint16(58, 64, true); // bytes of a section entry; there are none
  view.setUint32(64, 1, true); // loaded
  view.setUint32(68, 5, true); // readable and executable
  view.setBigUint64(80, base, true);
  view.setBigUint64(88, base, true);
  view.setBigUint64(96, size, true); // in the file
  view.setBigUint64(104, size, true); // in memory
  view.setBigUint64(112, 0x1000n, true); // page size
  bytes.set(code, headerBytes);
  return bytes;
}

/** Finds the JSON that `deno compile` embeds. Trusts its first key, `argv`, to be the first. */
function metadataIn(executable: Uint8Array): Metadata {
  // One character per byte, so that positions in the text are positions in the file.
  const text = new TextDecoder("latin1").decode(executable);
  const start = text.indexOf('{"argv":');
  assert(start !== -1, "No metadata in the executable");
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === "\\") at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "{") depth++;
    else if (char === "}" && --depth === 0) {
      const json = new TextDecoder().decode(executable.subarray(start, at + 1));
      return JSON.parse(json) as Metadata; // Deno's own format; the assertions above check what is used.
    }
  }
  throw new Error("Metadata has no end");
}

const KINDS = ["net", "read", "write", "env", "run", "sys", "ffi", "import"];

/** What the flags allow and deny, in the shape of the metadata: null is nothing, an empty list is everything. */
function permissionsOf(flags: readonly string[]): Record<string, unknown> {
  const permissions: Record<string, unknown> = { prompt: !flags.includes("--no-prompt") };
  for (const effect of ["allow", "deny"]) {
    for (const kind of KINDS) {
      const flag = flags.find((flag) => flag.split("=")[0] === `--${effect}-${kind}`);
      permissions[`${effect}_${kind}`] = flag === undefined
        ? null
        : flag.split("=")[1]?.split(",") ?? [];
    }
  }
  // Deno fills in hosts that code may be imported from; denying all of them wins.
  delete permissions.allow_import;
  return permissions;
}

function permissionsIn({ permissions }: Metadata): Record<string, unknown> {
  const { prompt } = permissions;
  const found: Record<string, unknown> = { prompt };
  for (const effect of ["allow", "deny"]) {
    for (const kind of KINDS) found[`${effect}_${kind}`] = permissions[`${effect}_${kind}`];
  }
  delete found.allow_import;
  return found;
}
