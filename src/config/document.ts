import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { YAMLError } from "yaml";
import { type Place, type Problem, problemAt, type Where } from "./problems.ts";
import type { Path } from "./tree.ts";

/** Deeper nesting than any configuration needs; also what stops a value that contains itself through an alias. */
const MAX_DEPTH = 32;
const MAX_SYNTAX_PROBLEMS = 20;
/** Mistakes that cause no others behind them. */
const INDEPENDENT: ReadonlySet<string> = new Set([
  "DUPLICATE_KEY",
  "TAB_AS_INDENT",
  "TAG_RESOLVE_FAILED",
]);

/** What a file says, as plain data, and where it says it. `tree` is missing where the text could not be understood. */
export interface ConfigDocument {
  readonly tree?: unknown;
  readonly where: Where;
  readonly problems: readonly Problem[];
}

export interface ReadDocumentOptions {
  /** What messages call the text; the name also tells JSON with comments (`.json`, `.jsonc`) from YAML. */
  readonly source: string;
}

/** Reads YAML or JSON. Keys given twice are problems, but what follows from the rest can still be judged. */
export function readDocument(text: string, options: ReadDocumentOptions): ConfigDocument {
  const { source } = options;
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { source, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parseDocument(/\.jsonc?$/i.test(source) ? blankJsonComments(text) : text, {
    lineCounter: lines,
    logLevel: "error",
    prettyErrors: false,
    // A !!set or !!omap would pass for a mapping without keys.
    resolveKnownTags: false,
  });
  const where = locator(document, place);
  const mistakes = [...document.errors, ...document.warnings];
  const problems = worthTelling(mistakes)
    .map((error) =>
      problemAt(place(error.pos[0]), [], describe(error, text), hintFor(error, text))
    );
  if (mistakes.some((error) => error.code !== "DUPLICATE_KEY")) return { where, problems };
  try {
    const tree: unknown = document.toJS();
    assertShallow(tree, 0);
    return { tree, where, problems };
  } catch (error) {
    // ReferenceError: an alias without an anchor, or more aliases than the library allows; RangeError: ours or the stack's.
    if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error;
    const message = error instanceof RangeError
      ? `Nested too deeply: expected at most ${MAX_DEPTH} levels`
      : "Aliases cannot be resolved: expected each to follow its anchor, and not too many";
    return { where, problems: [...problems, problemAt(place(0), [], message)] };
  }
}

/** Finds nodes by path; `key` is the key's own place, `value` the value's, and what surrounds it where it is missing. */
function locator(document: Document.Parsed, place: (offset: number) => Place): Where {
  return (path, part = "value") => {
    let node: unknown = document.contents;
    let offset = offsetOf(node) ?? 0;
    for (const [index, step] of path.entries()) {
      const holder = isAlias(node) ? node.resolve(document) : node;
      if (isMap(holder)) {
        // The last of two pairs with the same key is the one that counts.
        const pair = holder.items.findLast((item) => keyText(item.key) === step);
        if (pair === undefined) break;
        const keyOffset = offsetOf(pair.key) ?? offset;
        node = pair.value;
        const wantsKey = part === "key" && index === path.length - 1;
        offset = wantsKey || isEmpty(node) ? keyOffset : offsetBelow(path, index, node, keyOffset);
      } else if (isSeq(holder) && typeof step === "number") {
        node = holder.items[step];
        offset = offsetOf(node) ?? offset;
      } else break;
    }
    return place(offset);
  };
}

/** A section is known by its key: its first key's place would point at something that is right. */
function offsetBelow(path: Path, index: number, node: unknown, keyOffset: number): number {
  const isLast = index === path.length - 1;
  return isLast && !isMap(node) && !isSeq(node) ? offsetOf(node) ?? keyOffset : keyOffset;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value ?? "") : String(key);
}

function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && !node.source);
}

function offsetOf(node: unknown): number | undefined {
  const known = isScalar(node) || isAlias(node) || isMap(node) || isSeq(node);
  return known ? node.range?.[0] : undefined;
}

/** Says what is wrong without repeating the text: it may hold secrets. */
function describe(error: YAMLError, text: string): string {
  switch (error.code) {
    case "DUPLICATE_KEY":
      return `Key ${keyAt(text, error.pos[0])} is given twice: expected each key once`;
    case "TAB_AS_INDENT":
      return "A tab is used as indentation: expected spaces";
    case "BAD_INDENT":
      return "Indentation does not fit: expected the column of the lines around it, and every bracket closed";
    case "MULTIPLE_DOCS":
      return "A second document begins: expected one document without another ---";
    case "BAD_SCALAR_START":
      return 'A value starts with a reserved character: expected quotes around it, "like this"';
    case "BLOCK_AS_IMPLICIT_KEY":
      return 'A value contains ": ": expected quotes around it, or its keys on lines of their own';
    case "MULTILINE_IMPLICIT_KEY":
      return "A line is neither a key with a value nor part of the value before it: expected key: value";
    case "TAG_RESOLVE_FAILED":
      return "Tags (!name) are not supported: expected a plain value";
    case "UNEXPECTED_TOKEN":
      return "Something stands where nothing can follow: expected the end of the value before it";
    case "BAD_DQ_ESCAPE":
      return 'A "\\" inside double quotes begins no known character: expected "\\\\"';
    case "MISSING_CHAR":
      return error.message.includes("quote")
        ? "A quote opened before this place is not closed: expected it closed"
        : `Not valid YAML: ${error.message}`;
    default:
      return `Not valid YAML: ${error.code.toLowerCase().replaceAll("_", " ")}`;
  }
}

function keyAt(text: string, offset: number): string {
  const [key = ""] = /^(?:"[^"\n]*"|'[^'\n]*'|[^:\n]*)/.exec(text.slice(offset, offset + 200)) ??
    [];
  return JSON.stringify(key.replace(/^(["'])(.*)\1$/, "$2").trim());
}

/** A `${VAR}` without quotes ends a `{…}` around it early. */
function hintFor(error: YAMLError, text: string): string | undefined {
  const start = text.lastIndexOf("\n", error.pos[0] - 1) + 1;
  const line = text.slice(start, error.pos[1]);
  return error.code !== "DUPLICATE_KEY" && /[{[].*\$\{/.test(line)
    ? 'Inside {…} and […], put quotes around "${VAR}"'
    : undefined;
}

/** Of the errors that follow from one another only the first. */
function worthTelling(errors: readonly YAMLError[]): readonly YAMLError[] {
  const first = errors.find((error) => !INDEPENDENT.has(error.code));
  return errors.filter((error) => error === first || INDEPENDENT.has(error.code))
    .slice(0, MAX_SYNTAX_PROBLEMS);
}

function assertShallow(value: unknown, depth: number): void {
  if (depth > MAX_DEPTH) throw new RangeError("Too deep");
  if (typeof value !== "object" || value === null) return;
  for (const item of Object.values(value)) assertShallow(item, depth + 1);
}

/** Editors allow comments in their JSON files; spaces in their stead keep every position. */
function blankJsonComments(text: string): string {
  return text.replace(
    /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (part) => part.startsWith('"') ? part : part.replace(/[^\n]/g, " "),
  );
}
