import { z } from "zod";
import { parseDocument } from "yaml";
import { isMapping, isText, keyPaths, peel, type Schema, schemaAt } from "./outline.ts";
import { type Place, type Problem, problemAt, type Where } from "./problems.ts";
import { didYouMean } from "./suggest.ts";
import { isWithin, type Path, withValue } from "./tree.ts";
import { unsupported } from "./unsupported.ts";

/** A value that is not from the file. */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
  /** The environment variable or option it came from. */
  readonly source: string;
}

/** What the command line may set; wins over everything else. */
export interface CommandLineOverrides {
  /** `--host` */
  readonly host?: string | undefined;
  /** `--port`, as typed or as a number. */
  readonly port?: string | number | undefined;
  /** `--log-level` */
  readonly logLevel?: string | undefined;
}

const PREFIX = "ONLY1MCP_";
const LOG_LEVEL = ["observability", "log", "level"] as const;

/** Reads `ONLY1MCP_SECTION__FIELD` variables, in a fixed order; one that names no key is a problem. */
export function environmentOverrides(
  environment: Readonly<Record<string, string>>,
  schema: Schema,
): { readonly overrides: readonly Override[]; readonly problems: readonly Problem[] } {
  const overrides: Override[] = [];
  const problems: Problem[] = [];
  for (const name of Object.keys(environment).sort()) {
    const text = environment[name];
    if (!name.startsWith(PREFIX) || text === undefined || name === "ONLY1MCP_CONFIG") continue;
    if (isServiceLink(name, text)) continue;
    const isShort = name === "ONLY1MCP_LOG_LEVEL";
    const path = isShort ? LOG_LEVEL : name.slice(PREFIX.length).toLowerCase().split("__");
    const target = path[0] === "servers" ? undefined : schemaAt(schema, path, undefined);
    const refusal = target === undefined ? unknown(name, path, schema) : refuse(name, target);
    if (refusal !== undefined) {
      problems.push(problemAt(at(name), path, refusal.message, refusal.hint));
    } else {
      const override = { path, value: target && read(text, target), source: name };
      // The short name gives way to the long one.
      if (isShort) overrides.unshift(override);
      else overrides.push(override);
    }
  }
  return { overrides, problems };
}

/** The overrides of the command line. */
export function commandLineOverrides(given: CommandLineOverrides): readonly Override[] {
  const { host, port, logLevel } = given;
  const number = typeof port === "string" && /^\d+$/.test(port) ? Number(port) : port;
  const all: Override[] = [
    { path: ["server", "host"], value: host, source: "--host" },
    { path: ["server", "port"], value: number, source: "--port" },
    { path: LOG_LEVEL, value: logLevel, source: "--log-level" },
  ];
  return all.filter(({ value }) => value !== undefined);
}

/** The tree with the overrides in it, later ones over earlier ones. */
export function applyOverrides(tree: unknown, overrides: readonly Override[]): unknown {
  return overrides.reduce((done, { path, value }) => withValue(done, path, value), tree);
}

/** Whether a value comes from an override. */
export function isOverridden(path: Path, overrides: readonly Override[]): boolean {
  return overrides.some((override) => isWithin(path, override.path));
}

/** Places of overridden values are the variables or options they came from. */
export function whereOverridden(where: Where, overrides: readonly Override[]): Where {
  return (path, part) => {
    const override = overrides.findLast((each) => isWithin(path, each.path));
    return override === undefined ? where(path, part) : at(override.source);
  };
}

/**
 * Text stays text where the key wants text; anything else is read as YAML, `[a, b]` included. Text that cannot be read is
 * passed on for validation to refuse.
 */
function read(text: string, schema: Schema): unknown {
  const wanted = peel(schema);
  if (isText(wanted) || wanted instanceof z.ZodEnum) return text;
  try {
    const document = parseDocument(text, { logLevel: "error" });
    return document.errors.length > 0 ? text : document.toJS();
  } catch {
    return text;
  }
}

function refuse(name: string, target: Schema): { message: string; hint?: string } | undefined {
  const inner = peel(target);
  if (isMapping(inner)) {
    return { message: `"${name}" names a section: expected one of its keys, ${name}__KEY` };
  }
  return undefined;
}

function unknown(
  name: string,
  path: readonly string[],
  schema: Schema,
): { message: string; hint?: string | undefined } {
  const refusal = unsupported(path);
  if (refusal !== undefined) return { message: refusal };
  if (path[0] === "servers") {
    return { message: "Servers cannot be set by a variable: expected them in the file" };
  }
  const known = keyPaths(schema).filter((key) => !key.startsWith("servers"))
    .map((key) => PREFIX + key.replaceAll(".", "__").toUpperCase());
  const names = [...known, "ONLY1MCP_CONFIG", "ONLY1MCP_LOG_LEVEL"];
  const tail = `__${path.at(-1)?.toUpperCase()}`;
  const elsewhere = names.filter((each) => each.endsWith(tail));
  const hint = elsewhere.length === 1 ? `Did you mean "${elsewhere[0]}"?` : didYouMean(name, names);
  return {
    message: "No key of the configuration has this name: expected ONLY1MCP_SECTION__FIELD",
    hint,
  };
}

/** Kubernetes sets such variables in every pod beside a Service called only1mcp; they are not for us. */
function isServiceLink(name: string, text: string): boolean {
  return /^ONLY1MCP_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$/.test(name) ||
    /^ONLY1MCP_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
    (name === "ONLY1MCP_PORT" && /^(tcp|udp|sctp):\/\//.test(text));
}

function at(source: string): Place {
  return { source, line: undefined, column: undefined };
}
