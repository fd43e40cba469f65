import { z } from "zod";
import { isSection, type Path, type Section } from "./tree.ts";
import { quoteAll } from "./problems.ts";

/** A piece of the configuration's schema. */
export type Schema = z.core.$ZodType;

/** What is inside defaults and optional marks. */
export function peel(schema: Schema): Schema {
  let inner = schema;
  while (
    inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodOptional
  ) inner = inner.unwrap();
  return inner;
}

/** The schema of one key or item of a value, or undefined where that key is unknown. */
export function childOf(schema: Schema, step: string | number, value: unknown): Schema | undefined {
  const inner = peel(schema);
  if (inner instanceof z.ZodArray) return typeof step === "number" ? inner.element : undefined;
  if (inner instanceof z.ZodRecord) return inner.valueType;
  const shape = shapeOf(inner, value);
  return shape !== undefined && Object.hasOwn(shape, step) ? shape[step] : undefined;
}

/** The schema at a path of a tree, or undefined where the path leaves the schema. */
export function schemaAt(root: Schema, path: Path, tree: unknown): Schema | undefined {
  let schema: Schema | undefined = root;
  let value = tree;
  for (const step of path) {
    schema = childOf(schema, step, value);
    if (schema === undefined) return undefined;
    const inside = typeof value === "object" && value !== null && Object.hasOwn(value, step);
    value = inside ? (value as Record<string | number, unknown>)[step] : undefined;
  }
  return schema;
}

/** The keys that a mapping may have; empty where any will do. */
export function keysOf(schema: Schema, value: unknown): readonly string[] {
  return Object.keys(shapeOf(peel(schema), value) ?? {});
}

/** Whether a value is a mapping with keys of its own, so that an empty one means "the defaults". */
export function isMapping(schema: Schema): boolean {
  const inner = peel(schema);
  return inner instanceof z.ZodObject || inner instanceof z.ZodRecord;
}

/** Whether any text, pattern or not, is wanted. */
export function isText(schema: Schema): schema is z.ZodString | z.ZodStringFormat {
  return schema instanceof z.ZodString || schema instanceof z.ZodStringFormat;
}

/** Every key of a schema, lists as `servers[]`, sections included, in order; each once. */
export function keyPaths(schema: Schema, prefix = ""): readonly string[] {
  const inner = peel(schema);
  if (inner instanceof z.ZodArray) return keyPaths(inner.element, `${prefix}[]`);
  const shapes = inner instanceof z.ZodDiscriminatedUnion
    ? inner.options.flatMap((option) => option instanceof z.ZodObject ? [option.shape] : [])
    : inner instanceof z.ZodObject
    ? [inner.shape]
    : [];
  const paths = shapes.flatMap((shape) =>
    Object.entries(shape).flatMap(([key, child]) => {
      const path = prefix === "" ? key : `${prefix}.${key}`;
      return [path, ...keyPaths(child as Schema, path)];
    })
  );
  return [...new Set(paths)];
}

/** What a value should be, in words that follow "expected". */
export function expectation(schema: Schema): string {
  const inner = peel(schema);
  if (inner instanceof z.ZodEnum) return `one of ${quoteAll(inner.options)}`;
  if (inner instanceof z.ZodLiteral) return `one of ${quoteAll([...inner.values])}`;
  if (inner instanceof z.ZodBoolean) return "true or false";
  if (inner instanceof z.ZodArray) return "a list";
  if (inner instanceof z.ZodNumber) return numberExpectation(inner);
  if (inner instanceof z.ZodURL) return "a URL that starts with http:// or https://";
  if (isText(inner)) return textExpectation(inner);
  return "a mapping of keys to values";
}

function numberExpectation(schema: z.ZodNumber): string {
  const { minValue, maxValue, isInt } = schema;
  return `a${isInt ? " whole" : ""} number from ${minValue} to ${maxValue}`;
}

function textExpectation(schema: z.ZodString | z.ZodStringFormat): string {
  if (schema.maxLength !== null) return `text of at most ${schema.maxLength} characters`;
  return (schema.minLength ?? 0) > 0 ? "text that is not empty" : "text";
}

/** The keys of an object, or of the member of a union that the value's tag names. */
function shapeOf(schema: Schema, value: unknown): Readonly<Record<string, Schema>> | undefined {
  if (schema instanceof z.ZodObject) return schema.shape;
  if (!(schema instanceof z.ZodDiscriminatedUnion) || !isSection(value)) return undefined;
  const { discriminator } = schema.def;
  return schema.options.flatMap((option) => option instanceof z.ZodObject ? [option.shape] : [])
    .find((shape) => hasTag(shape[discriminator], value, discriminator));
}

function hasTag(schema: Schema | undefined, value: Section, key: string): boolean {
  if (!(schema instanceof z.ZodLiteral) || !Object.hasOwn(value, key)) return false;
  return [...schema.values].includes(value[key] as z.core.util.Literal);
}
