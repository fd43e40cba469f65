import { ReadError, type ReadText } from "./read_text.ts";

/** Longest content of a `${file:…}`. */
const MAX_SECRET_BYTES = 65_536;

/** Where substitutions take their values from. */
export interface SecretSources {
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute directory of the configuration file: `${config:dir}`, and where a relative `${file:…}` starts. */
  readonly baseDir: string;
  readonly readText: ReadText;
  /** Makes a path absolute, starting at a directory. */
  readonly resolve: (...paths: string[]) => string;
}

/** A text after substitution. */
export interface Expansion {
  readonly text: string;
  /** Whether any value was put in: then `text` must not be shown. */
  readonly isSubstituted: boolean;
  /** Whether the text was one substitution and nothing else: then it may stand for a number or a truth value. */
  readonly isWhole: boolean;
  readonly problems: readonly { readonly message: string; readonly hint?: string }[];
}

type Value = { kind: "value"; text: string } | { kind: "problem"; message: string; hint?: string };

const REFERENCE = /\$\$\{|\$\{([^{}]*)(\}?)/g;
const VARIABLE = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;

/**
 * Puts values in the place of `${VAR}`, `${env:VAR}`, `${VAR:-default}`, `${file:/path}` and `${config:dir}`, once: what is
 * put in is not looked at again. `$${` is a literal `${`. The default also stands in for an empty variable, as in a shell.
 */
export async function expand(text: string, sources: SecretSources): Promise<Expansion> {
  if (text.startsWith("aws:secretsmanager:")) return failed(text, AWS_PROBLEM);
  const references = [...text.matchAll(REFERENCE)];
  const problems: { message: string; hint?: string }[] = [];
  let expanded = "";
  let end = 0;
  let count = 0;
  for (const match of references) {
    expanded += text.slice(end, match.index);
    end = match.index + match[0].length;
    const [whole, body = "", close = ""] = match;
    if (whole === "$${") {
      expanded += "${";
      continue;
    }
    count++;
    const value = close === ""
      ? malformed(text[end] === "{" ? NESTED : UNCLOSED)
      : await look(body, sources);
    if (value.kind === "value") expanded += value.text;
    else problems.push(value);
  }
  expanded += text.slice(end);
  const isWhole = count === 1 && references[0]?.[0] === text;
  return { text: expanded, isSubstituted: count > 0, isWhole, problems };
}

const NESTED = 'A substitution inside "${…}" is not possible: expected one level';
const UNCLOSED = 'A "${" is not closed: expected a "}" behind it';
const UNKNOWN = 'A "${…}" is not a substitution: expected ${VAR}, ${VAR:-default} or ${file:/path}';
const AWS_PROBLEM = {
  message: "aws:secretsmanager: is not supported by this version: expected ${VAR} or ${file:/path}",
};

async function look(body: string, sources: SecretSources): Promise<Value> {
  if (body === "config:dir") return { kind: "value", text: sources.baseDir };
  if (body.startsWith("file:")) return await readSecret(body.slice("file:".length), sources);
  if (body.startsWith("aws:")) return { kind: "problem", ...AWS_PROBLEM };
  const match = VARIABLE.exec(body);
  if (match === null) {
    return body.startsWith("input:")
      ? { kind: "problem", message: UNKNOWN, hint: "Nobody can be asked here: use a variable" }
      : malformed(UNKNOWN);
  }
  const [, name = "", fallback] = match;
  const value = Object.hasOwn(sources.environment, name) ? sources.environment[name] : undefined;
  if (fallback !== undefined && !value) return { kind: "value", text: fallback };
  if (value !== undefined) return { kind: "value", text: value };
  return {
    kind: "problem",
    message: `Environment variable "${name}" is not set: expected a value`,
    hint: `Set it, or give a default: \${${name}:-default}`,
  };
}

async function readSecret(path: string, sources: SecretSources): Promise<Value> {
  if (path === "") return malformed(UNKNOWN);
  try {
    const file = sources.resolve(sources.baseDir, path);
    const content = await sources.readText(file, MAX_SECRET_BYTES);
    return { kind: "value", text: content.replace(/\r?\n$/, "") };
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    return { kind: "problem", message: `Cannot read "${path}": ${error.message}` };
  }
}

function malformed(message: string): Value {
  return { kind: "problem", message, hint: 'For a literal "${" write "$${"' };
}

function failed(text: string, problem: { message: string }): Expansion {
  return { text, isSubstituted: false, isWhole: false, problems: [problem] };
}
