import { assert, assertEquals } from "@std/assert";
import { childEnvironment } from "../../../src/backends/sandbox/environment.ts";

const OWN = {
  PATH: "/usr/bin:/bin",
  HOME: "/home/me",
  LANG: "C.UTF-8",
  TZ: "UTC",
  TMPDIR: "/tmp",
  DENO_DIR: "/cache/deno",
  NPM_CONFIG_REGISTRY: "http://127.0.0.1:4873/",
  NPM_CONFIG_CACHE: "/cache/npm",
  XDG_CACHE_HOME: "/cache",
  // None of these is anybody else's business.
  AWS_SECRET_ACCESS_KEY: "secret",
  ONLY1MCP_CONFIG: "/etc/only1mcp.yaml",
  NODE_OPTIONS: "--require=/evil.js",
  LD_PRELOAD: "/evil.so",
  DENO_KV_ACCESS_TOKEN: "secret",
  NPM_TOKEN: "secret",
  HTTP_PROXY: "http://user:secret@127.0.0.1",
  USER: "me",
};
const BASICS = {
  PATH: "/usr/bin:/bin",
  HOME: "/home/me",
  LANG: "C.UTF-8",
  TZ: "UTC",
  TMPDIR: "/tmp",
};
const CACHES = {
  DENO_DIR: "/cache/deno",
  NPM_CONFIG_REGISTRY: "http://127.0.0.1:4873/",
  NPM_CONFIG_CACHE: "/cache/npm",
  XDG_CACHE_HOME: "/cache",
};

const CASES: readonly {
  readonly desc: string;
  readonly own?: Readonly<Record<string, string>>;
  readonly declared?: Readonly<Record<string, string>>;
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
}[] = [
  { desc: "five variables to any program", command: "/usr/bin/python3", environment: BASICS },
  ...["deno", "npx", "npm", "node", "uvx", "uv"].map((name) => ({
    desc: `the places of caches to ${name}`,
    command: `/opt/bin/${name}`,
    environment: { ...BASICS, ...CACHES },
  })),
  {
    desc: "no caches to a program in a folder named deno",
    command: "/deno/server",
    environment: BASICS,
  },
  {
    desc: "no caches to a program with a similar name",
    command: "/bin/node-gyp",
    environment: BASICS,
  },
  {
    desc: "nothing that is not set",
    own: { PATH: "/bin" },
    command: "/bin/a",
    environment: { PATH: "/bin" },
  },
  { desc: "nothing at all of nothing", own: {}, command: "/bin/npx", environment: {} },
  {
    desc: "a variable that is set to nothing",
    own: { TZ: "" },
    command: "/bin/a",
    environment: { TZ: "" },
  },
  {
    desc: "what is declared, which wins",
    declared: { TOKEN: "t", HOME: "/srv", LD_PRELOAD: "/mine.so" },
    command: "/bin/a",
    environment: { ...BASICS, TOKEN: "t", HOME: "/srv", LD_PRELOAD: "/mine.so" },
  },
];

for (const { desc, own = OWN, declared = {}, command, environment } of CASES) {
  Deno.test({
    name: `childEnvironment() gives ${desc}`,
    ignore: Deno.build.os === "windows",
    fn: () => assertEquals(childEnvironment(own, declared, command), environment),
  });
}

Deno.test("childEnvironment() changes neither of the environments it is given", () => {
  const own = Object.freeze({ ...OWN });
  const declared = Object.freeze({ A: "1" });
  const environment = childEnvironment(own, declared, "/bin/a");
  environment.B = "2";
  assert(!("B" in own) && !("B" in declared));
});
