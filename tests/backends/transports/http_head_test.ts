import { assertEquals, assertThrows } from "@std/assert";
import { HttpSyntaxError, parseHead } from "../../../src/backends/transports/http_head.ts";

function head(...lines: readonly string[]): string {
  return lines.join("\r\n");
}

Deno.test("parseHead() reads status and fields", () => {
  const { status, headers } = parseHead(
    head("HTTP/1.1 404 Not Found", "Content-Type:text/plain", "X-A:  a b\t", "x-a: c", "X-Empty:"),
  );
  assertEquals(status, 404);
  assertEquals([...headers], [["content-type", "text/plain"], ["x-a", "a b, c"], ["x-empty", ""]]);
});

const BODIES: readonly [
  desc: string,
  lines: readonly string[],
  body: unknown,
  keepAlive: boolean,
][] = [
  ["a length", ["HTTP/1.1 200 OK", "Content-Length: 12"], 12, true],
  ["chunks", ["HTTP/1.1 200 OK", "Transfer-Encoding: Chunked"], "chunked", true],
  ["neither", ["HTTP/1.1 200 OK"], "until_close", false],
  ["no content", ["HTTP/1.1 204 No Content"], 0, true],
  ["an interim answer", ["HTTP/1.1 103 Early Hints"], 0, true],
  [
    "a connection to close",
    ["HTTP/1.1 200", "content-length: 1", "Connection: x, Close"],
    1,
    false,
  ],
  [
    "another option named alike",
    ["HTTP/1.1 200", "content-length: 1", "Connection: closed"],
    1,
    true,
  ],
  ["HTTP/1.0", ["HTTP/1.0 200 OK", "content-length: 1"], 1, false],
];

for (const [desc, lines, body, keepAlive] of BODIES) {
  Deno.test(`parseHead() tells the body of an answer with ${desc}`, () => {
    const parsed = parseHead(head(...lines));
    assertEquals([parsed.body, parsed.keepAlive], [body, keepAlive]);
  });
}

const REFUSED: readonly [desc: string, lines: readonly string[]][] = [
  ["another protocol", ["SSH-2.0-OpenSSH"]],
  ["HTTP/2", ["HTTP/2 200 OK"]],
  ["a status out of range", ["HTTP/1.1 600 Odd"]],
  ["a status of four digits", ["HTTP/1.1 2000 OK"]],
  ["a leading space", [" HTTP/1.1 200 OK"]],
  ["a field without colon", ["HTTP/1.1 200 OK", "content-length"]],
  ["a space before the colon", ["HTTP/1.1 200 OK", "content-length : 1"]],
  ["a folded line", ["HTTP/1.1 200 OK", "x-a: b", " c: d"]],
  ["a bare line feed", ["HTTP/1.1 200 OK", "x-a: b\ncontent-length: 1"]],
  ["a bare carriage return", ["HTTP/1.1 200 OK", "x-a: b\rcontent-length: 1"]],
  ["NUL", ["HTTP/1.1 200 OK", "x-a: \0"]],
  ["both length and chunks", [
    "HTTP/1.1 200 OK",
    "content-length: 1",
    "transfer-encoding: chunked",
  ]],
  ["two lengths", ["HTTP/1.1 200 OK", "content-length: 1", "content-length: 1"]],
  ["a signed length", ["HTTP/1.1 200 OK", "content-length: +1"]],
  ["a length beyond counting", ["HTTP/1.1 200 OK", "content-length: 9999999999999999"]],
  ["another transfer coding", ["HTTP/1.1 200 OK", "transfer-encoding: gzip, chunked"]],
  ["chunks twice", ["HTTP/1.1 200 OK", "transfer-encoding: chunked", "transfer-encoding: chunked"]],
  ["chunks in HTTP/1.0", ["HTTP/1.0 200 OK", "transfer-encoding: chunked"]],
  ["length and chunks without content", [
    "HTTP/1.1 204 No",
    "content-length: 1",
    "transfer-encoding: chunked",
  ]],
  ["too many fields", ["HTTP/1.1 200 OK", ...Array.from({ length: 101 }, (_, n) => `x-${n}: 1`)]],
];

for (const [desc, lines] of REFUSED) {
  Deno.test(`parseHead() refuses ${desc}`, () => {
    assertThrows(() => parseHead(head(...lines)), HttpSyntaxError);
  });
}
