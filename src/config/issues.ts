import { z } from "zod";
import { expectation, isText, keyPaths, keysOf, peel, type Schema, schemaAt } from "./outline.ts";
import { type Problem, problemAt, quote, quoteAll, type Where } from "./problems.ts";
import type { Prepared } from "./prepare.ts";
import { didYouMean } from "./suggest.ts";
import { isSection, isWithin, type Path, pathKey, pathText, valueAt } from "./tree.ts";
import { unsupported } from "./unsupported.ts";

type Issue = z.core.$ZodIssue;

/** Keys whose values may hold credentials even where they are written out in the file. */
const PRIVATE_KEYS: ReadonlySet<string | number> = new Set(["args", "env", "headers", "url"]);

export interface IssueContext {
  readonly schema: Schema;
  readonly prepared: Prepared;
  readonly where: Where;
}

/** Turns what the schema found into problems: what is, what should be, and where. */
export function issueProblems(issues: readonly Issue[], context: IssueContext): Problem[] {
  const failed = [...context.prepared.failed].map((key) => JSON.parse(key) as Path);
  return issues.flatMap((issue) => {
    // The schema makes its paths from our tree, which holds neither symbols nor anything else that is no step.
    const path = issue.path as Path;
    if (failed.some((prefix) => isWithin(path, prefix))) return [];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownKey(path, key, context));
    }
    return [
      issue.code === "invalid_key" ? badKey(issue, path, context) : badValue(issue, path, context),
    ];
  });
}

function unknownKey(parent: Path, key: string, context: IssueContext): Problem {
  const { schema, prepared: { tree }, where } = context;
  const path = [...parent, key];
  const place = where(path, "key");
  const refusal = unsupported(path);
  if (refusal !== undefined) return problemAt(place, path, refusal);
  const holder = schemaAt(schema, parent, tree);
  const keys = holder === undefined ? [] : keysOf(holder, valueAt(tree, parent).value);
  const message = `Unknown key ${quote(key)}: expected one of ${quoteAll(keys)}`;
  return problemAt(place, path, message, didYouMean(key, keys) ?? elsewhere(path, schema));
}

/** A known key in the wrong section: `port` at the top is `server.port`. */
function elsewhere(path: Path, schema: Schema): string | undefined {
  const here = pathText(path).replace(/\[\d+\]/g, "[]");
  const places = keyPaths(schema).filter((place) => place.endsWith(`.${path.at(-1)}`));
  const [place] = places;
  return places.length === 1 && place !== here ? `Did you mean "${place}"?` : undefined;
}

function badKey(issue: z.core.$ZodIssueInvalidKey, path: Path, context: IssueContext): Problem {
  const key = quote(String(path.at(-1)));
  const wanted = issue.issues.flatMap(patternText)[0] ?? "another name";
  const message = `Key ${key} is not allowed in "${
    lastName(path.slice(0, -1))
  }": expected ${wanted}`;
  return problemAt(context.where(path, "key"), path, message);
}

function badValue(issue: Issue, path: Path, context: IssueContext): Problem {
  const { schema, prepared: { tree, written }, where } = context;
  const wanted = schemaAt(schema, path, tree);
  const expected = expectedAt(issue, wanted);
  const { found, value } = valueAt(tree, path);
  const name = quote(lastName(path));
  if (!found) return problemAt(where(path), path, `Key ${name} is missing: expected ${expected}`);
  const source = written.get(pathKey(path));
  const isPrivate = path.some((step) => PRIVATE_KEYS.has(step));
  const state = source === undefined
    ? describe(value, isPrivate)
    : `comes from ${references(source)}`;
  const message = `${path.length === 0 ? "The file" : name} ${state}: expected ${expected}`;
  return problemAt(where(path), path, message, hintFor(value, wanted, issue));
}

/** The schema's own words where a pattern has some; for a union, the tags it knows. */
function expectedAt(issue: Issue, wanted: Schema | undefined): string {
  const [pattern] = patternText(issue);
  if (pattern !== undefined) return pattern;
  if (issue.code === "invalid_union" && "options" in issue && issue.options !== undefined) {
    return `one of ${quoteAll(issue.options)}`;
  }
  return wanted === undefined ? "something else" : expectation(wanted);
}

function patternText(issue: Issue): [] | [string] {
  if (issue.code !== "invalid_format" || issue.format !== "regex") return [];
  return issue.message.startsWith("Invalid")
    ? [`text that matches ${issue.pattern}`]
    : [issue.message];
}

/** The substitutions in a text, without their defaults and without what is written around them. */
function references(source: string): string {
  const names = source.matchAll(/(?<!\$)\$\{((?:env:|file:)?[^}]*?)(?::-[^}]*)?\}/g);
  return quoteAll([...names].map(([, name]) => `\${${name}}`));
}

/** What a value is, as a predicate; one that may be a credential is not repeated. */
function describe(value: unknown, isPrivate: boolean): string {
  if (value === null || value === undefined || value === "") return "is empty";
  if (Array.isArray(value)) return "is a list";
  if (isSection(value)) return "is a mapping";
  if (isPrivate) return typeof value === "string" ? "does not fit" : `is a ${typeof value}`;
  if (typeof value !== "string") return `is ${value}`;
  return `is ${quote(value)}`;
}

function hintFor(value: unknown, wanted: Schema | undefined, issue: Issue): string | undefined {
  if (issue.code === "invalid_union" && "options" in issue && typeof value === "string") {
    return transportHint(value) ?? didYouMean(value, (issue.options ?? []).map(String));
  }
  if (wanted === undefined) return undefined;
  const inner = peel(wanted);
  if (inner instanceof z.ZodEnum && typeof value === "string") {
    return didYouMean(value, inner.options.map(String));
  }
  if (inner instanceof z.ZodArray && isSection(value) && !isText(inner.element)) {
    return "Write each server as - id: NAME";
  }
  const wantsText = isText(inner) || inner instanceof z.ZodEnum;
  if (wantsText && (typeof value === "number" || typeof value === "boolean")) {
    return "Put it in quotes";
  }
  return undefined;
}

/** What other programs call Streamable HTTP. */
function transportHint(value: string): string | undefined {
  return /^(http|https|streamable)$/i.test(value) ? 'Did you mean "streamable_http"?' : undefined;
}

/** `allowed_hosts[0]` for an item, `port` for a key. */
function lastName(path: Path): string {
  const start = path.findLastIndex((step) => typeof step === "string");
  return path.slice(Math.max(0, start))
    .map((step) => typeof step === "number" ? `[${step}]` : step).join("");
}
