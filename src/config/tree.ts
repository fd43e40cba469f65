/** The way from the top of a configuration to one value: keys of mappings, indexes of lists. */
export type Path = readonly (string | number)[];

/** A mapping as it comes out of the file: only its own keys count. */
export type Section = Readonly<Record<string, unknown>>;

/** Whether a value is a mapping. */
export function isSection(value: unknown): value is Section {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path and whether there is one; inherited properties such as `constructor` do not exist here. */
export function valueAt(tree: unknown, path: Path): { found: boolean; value: unknown } {
  let value = tree;
  for (const step of path) {
    const inside = Array.isArray(value) ? typeof step === "number" : isSection(value);
    if (!inside || !Object.hasOwn(value as object, step)) return { found: false, value: undefined };
    value = (value as Record<string | number, unknown>)[step];
  }
  return { found: true, value };
}

/**
 * A copy of the tree with one value set; mappings on the way are made where there is nothing. The same tree where
 * something else than a mapping stands in the way: validation then says so.
 */
export function withValue(tree: unknown, path: readonly string[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const section = tree ?? {};
  if (!isSection(section)) return tree;
  const below = Object.hasOwn(section, step) ? section[step] : undefined;
  return { ...section, [step]: withValue(below, rest, value) };
}

/** A path as people write it: `servers[0].transport.url`. */
export function pathText(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

/** A path as a key of a map, without ambiguity. */
export function pathKey(path: Path): string {
  return JSON.stringify(path);
}

/** Whether a path is `prefix` or lies below it. */
export function isWithin(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((step, index) => step === path[index]);
}
