import { assertEquals } from "@std/assert";
import { type Body, readBody } from "../../src/edge/body.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const encoder = new TextEncoder();

interface Sent {
  readonly request: Request;
  /** Whether the rest of the body was refused. */
  readonly isCancelled: () => boolean;
}

function sent(chunks: readonly (Uint8Array | Error)[], announced?: number): Sent {
  let isCancelled = false;
  const left = [...chunks];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = left.shift();
      if (chunk === undefined) controller.close();
      else if (chunk instanceof Error) controller.error(chunk);
      else controller.enqueue(chunk);
    },
    cancel() {
      isCancelled = true;
    },
  });
  const headers: Record<string, string> = announced === undefined
    ? {}
    : { "content-length": String(announced) };
  const request = new Request("http://localhost/", { method: "POST", body, headers });
  return { request, isCancelled: () => isCancelled };
}

const text = (value: string): Body => ({ kind: "text", text: value });
const bytes = (value: string) => encoder.encode(value);

for (
  const { desc, chunks, announced, expected, isCancelled = false } of [
    { desc: "whole, announced", chunks: [bytes("abc")], announced: 3, expected: text("abc") },
    { desc: "whole, unannounced", chunks: [bytes("abc")], expected: text("abc") },
    { desc: "in pieces", chunks: ["a", "b", "c"].map(bytes), expected: text("abc") },
    {
      desc: "cut inside a character",
      chunks: [bytes("é").slice(0, 1), bytes("é").slice(1)],
      expected: text("é"),
    },
    {
      desc: "cut off inside a character",
      chunks: [bytes("é").slice(0, 1)],
      expected: text("\ufffd"),
    },
    {
      desc: "exactly as large as allowed",
      chunks: ["12345", "67890"].map(bytes),
      expected: text("1234567890"),
    },
    {
      desc: "a byte too large, unannounced",
      chunks: ["12345", "678901", "never read"].map(bytes),
      expected: { kind: "too_large" } as const,
      isCancelled: true,
    },
    {
      desc: "a byte too large, announced, nothing of it read",
      chunks: ["never read"].map(bytes),
      announced: 11,
      expected: { kind: "too_large" } as const,
      isCancelled: true,
    },
    {
      desc: "broken off",
      chunks: [bytes("abc"), new Error("reset")],
      expected: { kind: "broken" } as const,
    },
    {
      desc: "broken off, announced",
      chunks: [bytes("abc"), new Error("reset")],
      announced: 5,
      expected: { kind: "broken" } as const,
    },
  ]
) {
  Deno.test(`readBody() reads a body that is ${desc}`, async () => {
    const { request, isCancelled: wasCancelled } = sent(chunks, announced);
    assertEquals(await readBody(request, 10), expected);
    assertEquals(wasCancelled(), isCancelled);
  });
}

Deno.test("readBody() reads a request without a body as empty", async () => {
  assertEquals(await readBody(new Request("http://localhost/"), 10), text(""));
});
