import { z } from "zod";
import { childOf, isMapping, peel, type Schema } from "./outline.ts";
import { type Problem, problemAt, type Where } from "./problems.ts";
import { expand, type SecretSources } from "./secrets.ts";
import { isSection, type Path, pathKey, type Section } from "./tree.ts";

export interface PrepareOptions {
  readonly schema: Schema;
  readonly where: Where;
  readonly sources: SecretSources;
  /** Whether a value is to be taken as it stands, without substitution. */
  readonly isLiteral: (path: Path) => boolean;
}

/** A tree ready for validation. */
export interface Prepared {
  readonly tree: unknown;
  /** The text as written, `${VAR}` included, of every value that a substitution changed, by {@link pathKey}. */
  readonly written: ReadonlyMap<string, string>;
  /** Values that could not be had, by {@link pathKey}; nothing else need be said about them. */
  readonly failed: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/**
 * Substitutes in all text values that the schema knows, turns those that are one substitution into the number or truth
 * value wanted there, and leaves out mappings that are empty because all their keys are comments.
 */
export async function prepare(tree: unknown, options: PrepareOptions): Promise<Prepared> {
  const { where, sources, isLiteral } = options;
  const written = new Map<string, string>();
  const failed = new Set<string>();
  const problems: Problem[] = [];

  async function walk(value: unknown, schema: Schema | undefined, path: Path): Promise<unknown> {
    // Below an unknown key nothing is read: the key itself is the problem.
    if (schema === undefined || isLiteral(path)) return value;
    if (typeof value === "string") return await substitute(value, schema, path);
    if (Array.isArray(value)) return await walkList(value, schema, path);
    return isSection(value) ? await walkSection(value, schema, path) : value;
  }

  async function walkList(list: readonly unknown[], schema: Schema, path: Path) {
    const items: unknown[] = [];
    for (const [index, item] of list.entries()) {
      items.push(await walk(item, childOf(schema, index, list), [...path, index]));
    }
    return items;
  }

  async function walkSection(section: Section, schema: Schema, path: Path) {
    const entries: [string, unknown][] = [];
    for (const [key, value] of Object.entries(section)) {
      const below = [...path, key];
      if (key === "__proto__") {
        problems.push(problemAt(where(below, "key"), below, 'Key "__proto__" is not allowed'));
        continue;
      }
      const child = childOf(schema, key, section);
      if (value === null && child !== undefined && mayBeEmpty(child, below)) continue;
      entries.push([key, await walk(value, child, below)]);
    }
    return Object.fromEntries(entries);
  }

  async function substitute(text: string, schema: Schema, path: Path): Promise<unknown> {
    const expansion = await expand(text, sources);
    if (expansion.problems.length > 0) {
      failed.add(pathKey(path));
      for (const { message, hint } of expansion.problems) {
        problems.push(problemAt(where(path), path, message, hint));
      }
      return text;
    }
    if (expansion.isSubstituted) written.set(pathKey(path), text);
    return expansion.isWhole ? coerce(expansion.text, schema) : expansion.text;
  }

  return { tree: await walk(tree, options.schema, []), written, failed, problems };
}

/** An empty list is not the default list (`allow:`), so that only mappings and the servers may be left empty. */
function mayBeEmpty(schema: Schema, path: Path): boolean {
  return isMapping(schema) || pathKey(path) === '["servers"]';
}

/** The number or truth value a text spells, where the schema wants one; else the text, which validation then refuses. */
function coerce(text: string, schema: Schema): unknown {
  const wanted = peel(schema);
  if (wanted instanceof z.ZodNumber && /^[+-]?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (wanted instanceof z.ZodBoolean && /^(true|false)$/i.test(text)) {
    return text.toLowerCase() === "true";
  }
  return text;
}
