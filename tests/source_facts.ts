/** Something a file says, and where. */
export interface Mention {
  readonly text: string;
  readonly line: number;
}

/** What the rules ask of one file, read from its syntax tree: comments do not count. */
export interface Facts {
  readonly imports: Mention[];
  readonly identifiers: Mention[];
  readonly strings: Mention[];
  /** `Deno.args` and the like, whatever way they are written. */
  readonly members: Mention[];
  readonly topLevelAwaits: Mention[];
  /** Things that the file exports and that are declared in it. */
  ownExports: number;
  /** `export … from`. */
  passedOn: number;
}

/** Stands for a name that cannot be read from the source. */
export const COMPUTED = "(computed)";

/** Reads a TypeScript file with Deno's own parser. Throws on a syntax error. */
export function factsOf(path: string, source: string): Facts {
  const facts: Facts = {
    imports: [],
    identifiers: [],
    strings: [],
    members: [],
    topLevelAwaits: [],
    ownExports: 0,
    passedOn: 0,
  };
  const mention = (text: string, node: Deno.lint.Node): Mention => ({
    text,
    line: source.slice(0, node.range[0]).split("\n").length,
  });
  const addImport = (target: Deno.lint.Node | null): void => {
    if (target === null) return;
    const text = stringOf(target);
    facts.imports.push(mention(text ?? COMPUTED, target));
  };
  const addAwait = (node: Deno.lint.Node): void => {
    if (!isInsideFunction(node)) facts.topLevelAwaits.push(mention("await", node));
  };

  // A lint plugin is how Deno lends out its own parser; the runtime offers it to tests only.
  const plugin: Deno.lint.Plugin = {
    name: "architecture",
    rules: {
      facts: {
        create: () => ({
          ImportDeclaration: (node) => addImport(node.source),
          ImportExpression: (node) => addImport(node.source),
          TSExternalModuleReference: (node) => addImport(node.expression),
          TSImportType: (node) => addImport(node.argument),
          ExportAllDeclaration(node) {
            addImport(node.source);
            facts.passedOn++;
          },
          ExportNamedDeclaration(node) {
            addImport(node.source);
            if (node.source !== null) facts.passedOn++;
            else if (node.declaration !== null) facts.ownExports++;
          },
          Identifier(node) {
            facts.identifiers.push(mention(node.name, node));
          },
          PrivateIdentifier(node) {
            facts.identifiers.push(mention(node.name, node));
          },
          Literal(node) {
            if (typeof node.value === "string") facts.strings.push(mention(node.value, node));
          },
          TemplateElement(node) {
            facts.strings.push(mention(node.cooked, node));
          },
          MemberExpression(node) {
            facts.members.push(mention(longFormOf(node), node));
          },
          VariableDeclarator(node) {
            if (node.id.type !== "ObjectPattern" || node.init?.type !== "Identifier") return;
            for (const property of node.id.properties) {
              if (property.type === "Property" && property.key.type === "Identifier") {
                facts.members.push(mention(`${node.init.name}.${property.key.name}`, node));
              }
            }
          },
          AwaitExpression: addAwait,
          ForOfStatement(node) {
            if (node.await) addAwait(node);
          },
          VariableDeclaration(node) {
            if (node.kind === "await using") addAwait(node);
          },
        }),
      },
    },
  };
  Deno.lint.runPlugin(plugin, path, source);
  return facts;
}

function stringOf(node: Deno.lint.Node): string | undefined {
  if (node.type === "TSLiteralType") return stringOf(node.literal);
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  if (node.type === "TemplateLiteral" && node.expressions.length === 0) {
    return node.quasis[0]?.cooked;
  }
  return undefined;
}

/** `a["b"].c` is `a.b.c`. */
function longFormOf(node: Deno.lint.Node): string {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression") return COMPUTED;
  const { object, property, computed } = node;
  const name = computed ? stringOf(property) ?? COMPUTED : longFormOf(property);
  return `${longFormOf(object)}.${name}`;
}

interface TreePart {
  readonly type: string;
  /** Null above the whole file. */
  readonly parent?: TreePart | null;
}

function isInsideFunction(part: TreePart): boolean {
  for (let at: TreePart | null | undefined = part; at; at = at.parent) {
    if (at.type.includes("Function") || at.type === "StaticBlock") return true;
  }
  return false;
}
