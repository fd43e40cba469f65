import { assertEquals } from "@std/assert";
import { contentText } from "../../src/cli/content_text.ts";
import { capture } from "./fakes.ts";

const CASES: readonly {
  readonly desc: string;
  readonly result: Record<string, unknown>;
  readonly text: string;
  readonly isTerminal?: boolean;
}[] = [
  {
    desc: "texts, each ending its line",
    result: { content: [{ type: "text", text: "a\nb" }, { type: "text", text: "c\n" }] },
    text: "a\nb\nc\n",
  },
  { desc: "nothing", result: { content: [] }, text: "" },
  { desc: "no content at all", result: {}, text: "" },
  {
    desc: "structured content where there is no other",
    result: { content: [], structuredContent: { a: 1 } },
    text: '{\n  "a": 1\n}\n',
  },
  {
    desc: "what is not text by its kind and size",
    result: {
      content: [
        { type: "image", mimeType: "image/png", data: "AAAA" },
        { type: "audio", data: "AA==" },
        { type: "resource_link", uri: "x://y" },
        { type: "resource", resource: { uri: "x://y", text: "inside" } },
        { type: "resource", resource: { uri: "x://y", blob: "AAA=" } },
        { type: "future", x: 1 },
      ],
    },
    text: [
      "[image: image/png, 3 bytes]",
      "[audio: unknown type, 1 bytes]",
      "[resource: x://y]",
      "inside",
      "[resource: x://y, unknown type, 2 bytes]",
      '{"type":"future","x":1}',
      "",
    ].join("\n"),
  },
  {
    desc: "every byte to a pipe",
    result: { content: [{ type: "text", text: "\u001b[31mred\u0007" }] },
    text: "\u001b[31mred\u0007\n",
  },
  {
    desc: "nothing that drives a terminal",
    result: { content: [{ type: "text", text: "\u001b]0;title\u0007\u001b[31mred\u0007\tx\r\n" }] },
    text: "red�\tx\n",
    isTerminal: true,
  },
];

for (const { desc, result, text, isTerminal = false } of CASES) {
  Deno.test(`contentText() shows ${desc}`, () => {
    assertEquals(contentText(result, capture({ isTerminal }).output), text);
  });
}
