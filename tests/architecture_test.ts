import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { GATEWAY_PERMISSIONS } from "../scripts/permissions.ts";
import { COMPUTED, type Facts, factsOf, type Mention } from "./source_facts.ts";

/** Rooms by row: an import points to a lower row or stays in its room. `main.ts` stands above all. */
const ROWS: readonly (readonly string[])[] = [
  ["mcp", "observe", "store"],
  ["pipeline"],
  ["auth", "limits", "policy", "routing", "cache", "backends"],
  ["edge", "admin"],
  ["config"],
  ["gateway"],
  ["cli"],
  ["main.ts"],
];

/** The only rooms that know that the protocol has eras. */
const ERA_ROOMS = ["mcp", "edge", "backends"];
const ERA_FILES = /^src\/mcp\/(rev\d{4}\w*|versions|classify)\.ts$/;
/** Files elsewhere that may import one era file, each with that file. */
const ERA_EXCEPTIONS = new Map([["src/cli/version.ts", "src/mcp/versions.ts"]]);
const ERA_STRING = /^20(25|26)$|2024-11-05|2025-03-26|2025-06-18|2025-11-25|2026-07-28/;
const ERA_WORD = /^eras?$|2025|2026/;

const PROCESS_FACTS = /^(Deno|process)\.(args|env|argv)$/;
/** What needs a permission that the gateway may lack: better found here than on the day the line is first run. */
const NEEDS: Readonly<Record<string, RegExp>> = {
  "--allow-write":
    /^Deno\.(write(Text)?File|mkdir|makeTemp\w+|remove|rename|copyFile|create|truncate|ch(mod|own)|(sym)?link|utime|openKv)(Sync)?$/,
  "--allow-sys":
    /^Deno\.(hostname|loadavg|osRelease|osUptime|systemMemoryInfo|networkInterfaces|[ug]id)$/,
  "--allow-ffi": /^Deno\.dlopen$/,
};
const VAGUE_WORD = /^(util|helper|common|manager|service)s?$/;

/** One file of a project; `path` starts at the root and uses `/`. */
interface SourceFile {
  readonly path: string;
  readonly facts: Facts;
}

interface Rule {
  readonly name: string;
  /** What is wrong, one line each; empty when all is well. */
  check(file: SourceFile): string[];
  /** Files that break the rule. */
  readonly broken: readonly (readonly [path: string, source: string])[];
  /** Files that look like it and do not. */
  readonly fine: readonly (readonly [path: string, source: string])[];
}

const RULES: readonly Rule[] = [
  {
    name: "imports point to a lower row or stay in the room",
    check({ path, facts }) {
      const room = roomOf(path);
      const row = rowOf(room);
      if (row === -1) return [`${path}: is in no known room`];
      return facts.imports.flatMap((mention) => {
        if (mention.text === COMPUTED) return [at(path, mention, "imports a computed name")];
        const target = targetOf(path, mention.text);
        // The manifest is data: it holds the version.
        if (target === undefined || target === "deno.json") return [];
        const targetRoom = roomOf(target);
        if (targetRoom === room || rowOf(targetRoom) !== -1 && rowOf(targetRoom) < row) return [];
        return [at(path, mention, `imports "${target}"; ${room} may not import ${targetRoom}`)];
      });
    },
    broken: [
      ["src/policy/a.ts", 'import { x } from "../edge/b.ts";'],
      ["src/policy/a.ts", 'import type { x } from "../cache/b.ts";'],
      ["src/policy/a.ts", 'export * from "../routing/b.ts";'],
      ["src/policy/a.ts", 'export { x } from "../routing/b.ts";'],
      ["src/policy/a.ts", 'export const load = () => import("../cli/b.ts");'],
      ["src/policy/a.ts", "export const load = (name: string) => import(name);"],
      ["src/policy/a.ts", 'export type X = import("../gateway/b.ts").X;'],
      ["src/backends/transports/a.ts", 'import "../../edge/b.ts";'],
      ["src/mcp/a.ts", 'import { log } from "../observe/log.ts";'],
      ["src/cli/a.ts", 'import "../../main.ts";'],
      ["src/cli/a.ts", 'import "../../tests/a.ts";'],
      ["src/attic/a.ts", "export const x = 1;"],
      ["src/loose.ts", "export const x = 1;"],
    ],
    fine: [
      [
        "src/policy/a.ts",
        'import "../pipeline/b.ts"; import "./c.ts"; import "hono"; import "node:os";',
      ],
      [
        "src/policy/a.ts",
        '// import "../edge/b.ts";\nexport const text = "import \'../edge/b.ts\'";',
      ],
      ["src/cli/a.ts", 'import manifest from "../../deno.json" with { type: "json" };'],
      ["main.ts", 'import "./src/cli/a.ts"; import "./src/mcp/b.ts";'],
    ],
  },
  {
    name: "only mcp, edge and backends know of eras",
    check({ path, facts }) {
      if (ERA_ROOMS.includes(roomOf(path))) return [];
      const imports = facts.imports.filter(({ text }) => {
        const target = targetOf(path, text) ?? "";
        return ERA_FILES.test(target) && ERA_EXCEPTIONS.get(path) !== target;
      });
      const strings = facts.strings.filter(({ text }) => ERA_STRING.test(text));
      const words = facts.identifiers.filter(({ text }) =>
        wordsOf(text).some((word) => ERA_WORD.test(word))
      );
      return [
        ...imports.map((mention) => at(path, mention, `imports "${mention.text}"`)),
        ...strings.map((mention) => at(path, mention, `names a revision: "${mention.text}"`)),
        ...words.map((mention) => at(path, mention, `speaks of eras: ${mention.text}`)),
      ];
    },
    broken: [
      ["src/routing/a.ts", 'import { encode } from "../mcp/rev2025.ts";'],
      ["src/routing/a.ts", 'import { encode } from "../mcp/rev2026_lists.ts";'],
      ["src/pipeline/a.ts", 'import type { X } from "../mcp/versions.ts";'],
      ["src/gateway/a.ts", 'import { classify } from "../mcp/classify.ts";'],
      ["src/cli/list.ts", 'import { SUPPORTED } from "../mcp/versions.ts";'],
      ["src/cli/version.ts", 'import { x } from "../mcp/classify.ts";'],
      ["src/routing/a.ts", 'export const version = "2025-11-25";'],
      ["src/routing/a.ts", "export const line = `speaks 2026-07-28 ${1}`;"],
      ["src/config/a.ts", 'export const family = "2026";'],
      ["src/routing/a.ts", "export function f(era: string) { return era; }"],
      ["src/routing/a.ts", "export interface X { readonly clientEra: string }"],
      ["src/routing/a.ts", "export const isVersion2025 = true;"],
      ["main.ts", 'export const version = "2025-11-25";'],
    ],
    fine: [
      ["src/edge/a.ts", 'import "../mcp/rev2025.ts"; export const era = "2025-11-25";'],
      ["src/backends/transports/a.ts", 'import "../../mcp/versions.ts"; export const era = 1;'],
      ["src/cli/version.ts", 'import { SUPPORTED } from "../mcp/versions.ts";'],
      ["src/routing/a.ts", "// 2026-07-28 server/tools\nexport const generation = 2026;"],
    ],
  },
  {
    name: "only main.ts reads arguments and environment",
    check({ path, facts }) {
      if (path === "main.ts") return [];
      const imports = facts.imports.filter(({ text }) => /^(node:)?process$/.test(text));
      const members = facts.members.filter(({ text }) =>
        PROCESS_FACTS.test(text.replace(/^globalThis\./, ""))
      );
      return [...imports, ...members].map((mention) => at(path, mention, `uses ${mention.text}`));
    },
    broken: [
      ["src/cli/a.ts", "export const f = () => Deno.args;"],
      ["src/config/a.ts", 'export const f = () => Deno.env.get("HOME");'],
      ["src/config/a.ts", 'export const f = () => Deno["env"];'],
      ["src/config/a.ts", "export const f = () => globalThis.Deno.env;"],
      ["src/config/a.ts", "export function f() { const { env } = Deno; return env; }"],
      ["src/config/a.ts", "export const f = () => process.env;"],
      ["src/config/a.ts", 'import process from "node:process";'],
    ],
    fine: [
      ["main.ts", "Deno.exit(Deno.args.length);"],
      ["src/cli/a.ts", "export const f = (options: { env: string }) => options.env; // Deno.env"],
    ],
  },
  {
    name: "nothing needs more than the gateway's permissions",
    check: ({ path, facts }) =>
      Object.entries(NEEDS)
        .filter(([permission]) => !GATEWAY_PERMISSIONS.includes(permission))
        .flatMap(([permission, names]) =>
          facts.members.filter(({ text }) => names.test(text.replace(/^globalThis\./, "")))
            .map((mention) => at(path, mention, `${mention.text} needs ${permission}`))
        ),
    broken: [
      ["src/store/a.ts", 'export const f = () => Deno.dlopen("libc.so.6", {});'],
      ["main.ts", "const { dlopen } = Deno;"],
    ],
    fine: [["src/store/a.ts", 'export const f = () => Deno.readTextFile("a");']],
  },
  {
    name: "nothing opens at import time: no top-level await",
    check: ({ path, facts }) =>
      path === "main.ts" ? [] : facts.topLevelAwaits.map((mention) => at(path, mention, "awaits")),
    broken: [
      ["src/store/a.ts", "export const kv = await Deno.openKv();"],
      ["src/store/a.ts", "if (true) { await 1; }"],
      ["src/store/a.ts", "for await (const x of []) { x; }"],
      ["src/store/a.ts", "await using kv = open();"],
    ],
    fine: [
      ["src/store/a.ts", "export async function f() { await 1; for await (const x of []) x; }"],
      ["src/store/a.ts", "export const f = async () => await 1;"],
      ["src/store/a.ts", "export class A { async f() { await using x = open(); x; } }"],
      ["main.ts", "await 1;"],
    ],
  },
  {
    name: "files are named after the one thing they hold",
    check({ path, facts }) {
      const name = path.slice(path.lastIndexOf("/") + 1);
      const stem = name.replace(/\.[^.]+$/, "");
      if (!/^[a-z0-9]+(_[a-z0-9]+)*\.ts$/.test(name)) return [`${path}: is not snake_case.ts`];
      if (stem === "index") return [`${path}: index files are not used`];
      if (stem.split("_").some((word) => VAGUE_WORD.test(word))) return [`${path}: says nothing`];
      const isTable = facts.ownExports > 0 && facts.passedOn === 0;
      if (stem === "mod" && !isTable) return [`${path}: mod.ts holds a table, never a barrel`];
      return [];
    },
    broken: [
      ["src/mcp/utils.ts", ""],
      ["src/mcp/frame_helpers.ts", ""],
      ["src/backends/connection_manager.ts", ""],
      ["src/mcp/common.ts", ""],
      ["src/auth/service.ts", ""],
      ["src/mcp/index.ts", ""],
      ["src/mcp/frameCodec.ts", ""],
      ["src/mcp/frame-codec.ts", ""],
      ["src/mcp/frames.js", ""],
      ["src/mcp/mod.ts", 'export * from "./frames.ts";'],
      ["src/mcp/mod.ts", 'export { x } from "./frames.ts"; export const y = 1;'],
    ],
    fine: [
      ["src/mcp/rev2025.ts", ""],
      ["src/cli/mod.ts", 'import { list } from "./list.ts"; export const COMMANDS = { list };'],
    ],
  },
  {
    name: "HTTP stays at the rim: only edge imports Hono",
    check: ({ path, facts }) =>
      roomOf(path) === "edge" ? [] : facts.imports
        .filter(({ text }) => /^(npm:\/?)?hono(@|\/|$)/.test(text))
        .map((mention) => at(path, mention, `imports "${mention.text}"`)),
    broken: [
      ["src/admin/a.ts", 'import { Hono } from "hono";'],
      ["src/backends/a.ts", 'import type { Context } from "hono/types";'],
      ["main.ts", 'import "npm:hono@4";'],
    ],
    fine: [["src/edge/app.ts", 'import { Hono } from "hono"; import "hono/http-exception";']],
  },
  {
    name: "no code is imported from the network by URL",
    check: ({ path, facts }) =>
      facts.imports.filter(({ text }) => /^https?:|^\/\//i.test(text))
        .map((mention) => at(path, mention, `imports "${mention.text}"`)),
    broken: [
      ["src/mcp/a.ts", 'import "https://example.com/a.ts";'],
      ["main.ts", 'await import("HTTP://example.com/a.ts");'],
    ],
    fine: [["src/mcp/a.ts", 'export const url = "https://example.com/a.ts";']],
  },
];

const root = join(fromFileUrl(import.meta.url), "..", "..");

for (const rule of RULES) {
  Deno.test(`architecture: ${rule.name}`, async () => {
    const wrong: string[] = [];
    for await (const file of projectFiles()) wrong.push(...rule.check(file));
    assertEquals(wrong, []);
  });

  Deno.test(`architecture: "${rule.name}" catches what breaks it`, () => {
    for (const [path, source] of rule.broken) {
      const wrong = rule.check({ path, facts: factsOf(path, source) });
      assert(wrong.length > 0, `Not caught: ${path}: ${source}`);
    }
    for (const [path, source] of rule.fine) {
      assertEquals(rule.check({ path, facts: factsOf(path, source) }), [], `${path}: ${source}`);
    }
  });
}

Deno.test("architecture: the rules see the whole project", async () => {
  const paths: string[] = [];
  for await (const file of projectFiles()) paths.push(file.path);
  for (const path of ["main.ts", "src/mcp/frames.ts", "src/backends/transports/mod.ts"]) {
    assert(paths.includes(path), `Not read: ${path}`);
  }
});

/** `main.ts` and everything in `src/`, whatever its extension. */
async function* projectFiles(folder = ""): AsyncGenerator<SourceFile> {
  for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
    const path = folder + name;
    if (folder === "" && path !== "main.ts" && path !== "src") continue;
    if (isDirectory) yield* projectFiles(`${path}/`);
    else yield { path, facts: factsOf(path, await Deno.readTextFile(join(root, path))) };
  }
}

/** `src/backends/transports/stdio.ts` is in `backends`; what is not in `src/` is a room of its own. */
function roomOf(path: string): string {
  const [first, room] = path.split("/");
  return first === "src" && room !== undefined ? room : path;
}

function rowOf(room: string): number {
  return ROWS.findIndex((rooms) => rooms.includes(room));
}

/** The project path that a relative import points to; undefined for packages. */
function targetOf(path: string, specifier: string): string | undefined {
  if (!/^\.{0,2}\//.test(specifier)) return undefined;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

/** `clientEra2025` is `client`, `era`, `2025`. */
function wordsOf(identifier: string): string[] {
  return (identifier.match(/[A-Z]?[a-z]+|[A-Z]+|\d+/g) ?? []).map((word) => word.toLowerCase());
}

function at(path: string, mention: Mention, what: string): string {
  return `${path}:${mention.line}: ${what}`;
}
