import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { parse } from "yaml";
import { keyPaths } from "../../src/config/outline.ts";
import { configShape, serverShape } from "../../src/config/schema.ts";
import { isSection } from "../../src/config/tree.ts";
import { configOf, FOLDER, warningsOf } from "./load_text.ts";

const EXAMPLE = fromFileUrl(new URL("../../config.example.yaml", import.meta.url));

const ALL_ON = {
  environment: { REMOTE_TOKEN: "token" },
  files: { "/run/secrets/legacy_api_key": "key\n" },
};

/** The example with every option that is switched off (`#` without a space behind it) switched on. */
function switchedOn(text: string): string {
  return text.replace(/^( *)#(?! [^ ])/gm, "$1");
}

Deno.test("config.example.yaml loads as it stands, without a warning and without any variable", async () => {
  const text = await Deno.readTextFile(EXAMPLE);
  const { servers, ...rest } = await configOf(text);
  assertEquals(await warningsOf(text), []);
  const { servers: _, ...defaults } = configShape.parse({});
  assertEquals(rest, defaults);
  assertEquals(servers.map((server) => server.id), [
    "everything",
    "memory",
    "sequential-thinking",
    "filesystem",
  ]);
});

Deno.test("config.example.yaml loads with everything switched on, still with the defaults", async () => {
  const text = await Deno.readTextFile(EXAMPLE);
  const { servers, ...rest } = await configOf(switchedOn(text), ALL_ON);
  const { servers: _, ...defaults } = configShape.parse({});
  assertEquals(rest, defaults);
  assertEquals(servers.map((server) => server.transport.type), [
    "stdio",
    "stdio",
    "stdio",
    "stdio",
    "streamable_http",
    "sse",
  ]);
  const [first] = servers;
  const sparse = { id: "everything", name: "Everything", transport: first?.transport };
  assertEquals(first, serverShape.parse({ ...sparse, timeouts: rest.timeouts }));
});

Deno.test("config.example.yaml shows every key of the schema", async () => {
  const text = switchedOn(await Deno.readTextFile(EXAMPLE));
  const shown = new Set(pathsOf(parse(text), ""));
  assertEquals(keyPaths(configShape).filter((path) => !shown.has(path)), []);
  assert(keyPaths(configShape).includes("servers[].transport.headers"));
});

Deno.test("config.example.yaml explains every key of the schema where it first appears", async () => {
  const lines = switchedOn(await Deno.readTextFile(EXAMPLE)).split("\n");
  const explained = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const key = /^ *(?:- )?([a-z_]+):/.exec(line)?.[1];
    if (key !== undefined && /^ *(- )?#/.test(lines[index - 1] ?? "")) explained.add(key);
  }
  const keys = new Set(keyPaths(configShape).map((path) => path.split(".").at(-1) ?? ""));
  // These say by their content what they are.
  const obvious = ["server", "observability", "transport"];
  const silent = [...keys].filter((key) => !explained.has(key) && !obvious.includes(key));
  assertEquals(silent, []);
});

Deno.test("config.example.yaml gives its servers no paths of one machine and no full access", async () => {
  const { servers } = await configOf(await Deno.readTextFile(EXAMPLE));
  for (const { id, transport } of servers) {
    assert(transport.type === "stdio");
    const cwd = id === "everything" ? `${FOLDER}/examples/everything` : FOLDER;
    assertEquals([transport.command, transport.cwd], ["deno", cwd]);
    for (const flag of ["--no-prompt", "--no-config", "--no-lock", "--ignore-env"]) {
      assert(transport.args.includes(flag), flag);
    }
    const allowed = transport.args.filter((arg) => arg.startsWith("--allow"));
    assertEquals(allowed.filter((arg) => !/^--allow-(read|write|env)=[\w/]+$/.test(arg)), []);
    assert(
      transport.args.some((arg) =>
        /^npm:@modelcontextprotocol\/server-[a-z-]+@2026\.8\.31$/.test(arg)
      ),
    );
  }
});

function pathsOf(value: unknown, prefix: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${prefix}[]`));
  if (!isSection(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    return [path, ...pathsOf(below, path)];
  });
}
