import { basename } from "@std/path";

/** What every child gets of the gateway's own environment, where set. */
const PASSED_ON = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"];
/** Without these no program starts on Windows. */
const PASSED_ON_WINDOWS = [
  "SystemRoot",
  "SystemDrive",
  "TEMP",
  "TMP",
  "USERPROFILE",
  "APPDATA",
  "LOCALAPPDATA",
  "PATHEXT",
];
/** Where launchers that fetch packages keep and find them, and whom they trust; names of places, not of secrets. */
const PASSED_ON_TO_LAUNCHERS = [
  "DENO_DIR",
  "NPM_CONFIG_REGISTRY",
  "NPM_CONFIG_CACHE",
  "XDG_CACHE_HOME",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
];
const LAUNCHERS = new Set(["deno", "npx", "npm", "node", "uvx", "uv"]);

/** A child's whole environment: a few variables of ours and what its entry declares; nothing else is inherited. */
export function childEnvironment(
  own: Readonly<Record<string, string>>,
  declared: Readonly<Record<string, string>>,
  command: string,
): Record<string, string> {
  const environment: Record<string, string> = {};
  const names = [
    ...PASSED_ON,
    ...(Deno.build.os === "windows" ? PASSED_ON_WINDOWS : []),
    ...(LAUNCHERS.has(basename(command).replace(/\.(exe|cmd)$/i, ""))
      ? PASSED_ON_TO_LAUNCHERS
      : []),
  ];
  for (const name of names) {
    const value = own[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...declared };
}
