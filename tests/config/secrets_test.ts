import { assertEquals } from "@std/assert";
import { ReadError } from "../../src/config/read_text.ts";
import { expand, type SecretSources } from "../../src/config/secrets.ts";

const FILES: Readonly<Record<string, string>> = {
  "/run/token": "s3cret\n",
  "/run/crlf": "s3cret\r\n",
  "/run/lines": "\na\n\n",
  "/etc/only1mcp/near": "${A}",
};

const SOURCES: SecretSources = {
  environment: { A: "1", B_2: "two", EMPTY: "", DOLLAR: "${A}" },
  baseDir: "/etc/only1mcp",
  resolve: (base = "", path = "") => path.startsWith("/") ? path : `${base}/${path}`,
  readText: (path, maxBytes) => {
    assertEquals(maxBytes, 65_536);
    const content = FILES[path];
    return content === undefined
      ? Promise.reject(new ReadError("no such file"))
      : Promise.resolve(content);
  },
};

const GOOD = [
  { text: "plain $ $5 $A {A} }", expected: "plain $ $5 $A {A} }" },
  { text: "${A}", expected: "1" },
  { text: "${env:A}", expected: "1" },
  { text: "x${A}y${B_2}", expected: "x1ytwo" },
  { text: "${EMPTY}", expected: "" },
  { text: "${NONE:-}", expected: "" },
  { text: "${NONE:-a:-b $ c}", expected: "a:-b $ c" },
  { text: "${env:NONE:-d}", expected: "d" },
  { text: "${EMPTY:-d}", expected: "d" },
  { text: "${A:-d}", expected: "1" },
  { text: "${DOLLAR}", expected: "${A}" },
  { text: "$${A}", expected: "${A}" },
  { text: "$$${A}", expected: "$${A}" },
  { text: "$${", expected: "${" },
  { text: "$$", expected: "$$" },
  { text: "${file:/run/token}", expected: "s3cret" },
  { text: "Bearer ${file:/run/crlf}!", expected: "Bearer s3cret!" },
  { text: "${file:/run/lines}", expected: "\na\n" },
  { text: "${file:near}", expected: "${A}" },
  { text: "${config:dir}/x", expected: "/etc/only1mcp/x" },
];

for (const { text, expected } of GOOD) {
  Deno.test(`expand() turns ${text} into ${JSON.stringify(expected)}`, async () => {
    const expansion = await expand(text, SOURCES);
    assertEquals([expansion.text, expansion.problems], [expected, []]);
  });
}

const NOT_ONE = 'A "${…}" is not a substitution: expected ${VAR}, ${VAR:-default} or ${file:/path}';
const BAD = [
  { text: "${NONE}", expected: ['Environment variable "NONE" is not set: expected a value'] },
  {
    text: "${NONE} ${env:NADA}",
    expected: [
      'Environment variable "NONE" is not set: expected a value',
      'Environment variable "NADA" is not set: expected a value',
    ],
  },
  { text: "${file:/none}", expected: ['Cannot read "/none": no such file'] },
  { text: "${file:}", expected: [NOT_ONE] },
  { text: "${}", expected: [NOT_ONE] },
  { text: "${ A }", expected: [NOT_ONE] },
  { text: "${1A}", expected: [NOT_ONE] },
  { text: "${A-B}", expected: [NOT_ONE] },
  { text: "${A:?message}", expected: [NOT_ONE] },
  { text: "${vault:A}", expected: [NOT_ONE] },
  { text: "${input:token}", expected: [NOT_ONE] },
  { text: "a ${A", expected: ['A "${" is not closed: expected a "}" behind it'] },
  {
    text: "${A:-${B_2}}",
    expected: ['A substitution inside "${…}" is not possible: expected one level'],
  },
  {
    text: "aws:secretsmanager:eu-west-1:name",
    expected: [
      "aws:secretsmanager: is not supported by this version: expected ${VAR} or ${file:/path}",
    ],
  },
  {
    text: "x ${aws:secretsmanager:eu-west-1:name}",
    expected: [
      "aws:secretsmanager: is not supported by this version: expected ${VAR} or ${file:/path}",
    ],
  },
];

for (const { text, expected } of BAD) {
  Deno.test(`expand() refuses ${text}`, async () => {
    const { problems } = await expand(text, SOURCES);
    assertEquals(problems.map((problem) => problem.message), expected);
  });
}

Deno.test("expand() tells a text that is one substitution from others", async () => {
  const cases = [
    { text: "${A}", facts: [true, true] },
    { text: "${NONE:-1}", facts: [true, true] },
    { text: "${A} ", facts: [true, false] },
    { text: "${A}${A}", facts: [true, false] },
    { text: "$${A}", facts: [false, false] },
    { text: "A", facts: [false, false] },
  ];
  for (const { text, facts } of cases) {
    const { isSubstituted, isWhole } = await expand(text, SOURCES);
    assertEquals([isSubstituted, isWhole], facts, text);
  }
});
