import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Flags, Positional } from "../../src/cli/command.ts";
import { CommandError } from "../../src/cli/exit.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";

const flags: Flags = {
  config: { type: "string", doc: "" },
  json: { type: "boolean", doc: "" },
  header: { type: "list", doc: "" },
  port: { type: "number", min: 0, max: 65535, whole: true, doc: "" },
  timeout: { type: "number", min: 0.1, max: 60, whole: false, doc: "" },
  "log-level": { type: "choice", choices: ["debug", "info"], doc: "" },
};
const positionals: readonly Positional[] = [
  { name: "NAME", doc: "Which one", required: true },
  { name: "JSON", doc: "", required: false },
];
const grammar = { name: "do it", flags, positionals };
const nothing = {
  config: undefined,
  json: false,
  header: [],
  port: undefined,
  timeout: undefined,
  "log-level": undefined,
};

const RIGHT: readonly {
  readonly desc: string;
  readonly args: readonly string[];
  readonly values?: Record<string, unknown>;
  readonly positionals: readonly string[];
}[] = [
  { desc: "nothing but what is required", args: ["a"], positionals: ["a"] },
  {
    desc: "numbers that are positionals stay text",
    args: ["05", "1e3"],
    positionals: ["05", "1e3"],
  },
  {
    desc: "flags anywhere, with = or a space",
    args: ["--port=80", "a", "--config", "f.yaml", "{}", "--json"],
    values: { port: 80, config: "f.yaml", json: true },
    positionals: ["a", "{}"],
  },
  {
    desc: "text flags keep numbers as text",
    args: ["a", "--config", "007"],
    values: { config: "007" },
    positionals: ["a"],
  },
  {
    desc: "a value with = in it",
    args: ["a", "--config=x=y"],
    values: { config: "x=y" },
    positionals: ["a"],
  },
  {
    desc: "lists collect, commas included",
    args: ["a", "--header", "A: 1,2", "--header=B: 3"],
    values: { header: ["A: 1,2", "B: 3"] },
    positionals: ["a"],
  },
  {
    desc: "all after -- is positional",
    args: ["--json", "--", "--port", "-x"],
    values: { json: true },
    positionals: ["--port", "-x"],
  },
  { desc: "a lone - is a positional", args: ["a", "-"], positionals: ["a", "-"] },
  { desc: "an empty positional is one", args: ["a", ""], positionals: ["a", ""] },
  {
    desc: "fractions where they are allowed",
    args: ["a", "--timeout", "0.5", "--log-level", "debug"],
    values: { timeout: 0.5, "log-level": "debug" },
    positionals: ["a"],
  },
  {
    desc: "a boolean said in words",
    args: ["a", "--json=false"],
    values: { json: false },
    positionals: ["a"],
  },
];

for (const { desc, args, values, positionals } of RIGHT) {
  Deno.test(`parseCommandLine() accepts ${desc}`, () => {
    const parsed = parseCommandLine(grammar, args);
    assertEquals({ ...parsed.values }, { ...nothing, ...values });
    assertEquals(parsed.positionals, positionals);
  });
}

const WRONG: readonly {
  readonly desc: string;
  readonly args: readonly string[];
  readonly says: string;
}[] = [
  { desc: "a missing positional", args: [], says: "Missing argument NAME: Which one" },
  { desc: "one positional too many", args: ["a", "b", "c"], says: 'Unexpected argument "c"' },
  { desc: "an unknown flag", args: ["a", "--frobnicate"], says: 'Unknown flag "--frobnicate"' },
  { desc: "a misspelt flag", args: ["a", "--prot=80"], says: "Did you mean --port?" },
  { desc: "a negated flag", args: ["a", "--no-json"], says: 'Unknown flag "--no-json"' },
  { desc: "an unknown letter", args: ["a", "-x"], says: 'Unknown flag "-x"' },
  { desc: "a negative number as a flag", args: ["a", "--port", "-5"], says: 'Unknown flag "-5"' },
  { desc: "a flag that is a builtin's name", args: ["a", "--constructor"], says: "Unknown flag" },
  { desc: "a prototype as a flag", args: ["a", "--__proto__=1"], says: "Unknown flag" },
  {
    desc: "a flag without its value",
    args: ["a", "--config"],
    says: "Flag --config needs a value",
  },
  { desc: "a flag in place of a value", args: ["a", "--config", "--json"], says: "needs a value" },
  { desc: "an empty value", args: ["a", "--header="], says: "Flag --header needs a value" },
  { desc: "a word for a number", args: ["a", "--port=http"], says: "must be a whole number" },
  { desc: "a fraction for a whole number", args: ["a", "--port=1.5"], says: '"1.5"' },
  { desc: "hexadecimal", args: ["a", "--port=0x50"], says: "from 0 to 65535" },
  { desc: "a number out of range", args: ["a", "--port=70000"], says: "from 0 to 65535" },
  { desc: "a choice there is not", args: ["a", "--log-level=loud"], says: "one of debug, info" },
  { desc: "a value for a boolean", args: ["a", "--json=maybe"], says: "takes no value" },
  { desc: "the same flag twice", args: ["a", "--port=1", "--port=2"], says: "is given 2 times" },
];

for (const { desc, args, says } of WRONG) {
  Deno.test(`parseCommandLine() refuses ${desc}`, () => {
    const error = assertThrows(() => parseCommandLine(grammar, args), CommandError);
    assertEquals(error.exit, 64);
    assertStringIncludes(`${error.message}\n${error.hint}`, says);
  });
}
