import type { JsonObject } from "../mcp/frames.ts";
import { isJsonObject } from "../mcp/json.ts";
import type { Output } from "./output.ts";
import { printableText } from "./printable.ts";

/** What a tool answered, for people: its text as it is, and a line for whatever is not text. Newline included. */
export function contentText(result: JsonObject, output: Output): string {
  const blocks = Array.isArray(result.content) ? result.content.filter(isJsonObject) : [];
  const parts = blocks.map(blockText);
  if (parts.length === 0 && result.structuredContent !== undefined) {
    parts.push(JSON.stringify(result.structuredContent, undefined, 2));
  }
  const text = parts.map((part) => part.endsWith("\n") ? part : `${part}\n`).join("");
  // A file or another program gets every byte; a terminal must not be driven by what a server says.
  return output.isTerminal ? printableText(text) : text;
}

function blockText(block: JsonObject): string {
  switch (block.type) {
    case "text":
      return String(block.text);
    case "image":
    case "audio":
      return `[${block.type}: ${mimeOf(block)}, ${sizeOf(block.data)}]`;
    case "resource_link":
      return `[resource: ${block.uri}]`;
    case "resource":
      return resourceText(block.resource);
    default:
      return JSON.stringify(block);
  }
}

function resourceText(resource: unknown): string {
  if (!isJsonObject(resource)) return "[resource]";
  if (typeof resource.text === "string") return resource.text;
  return `[resource: ${resource.uri}, ${mimeOf(resource)}, ${sizeOf(resource.blob)}]`;
}

function mimeOf({ mimeType }: JsonObject): string {
  return typeof mimeType === "string" ? mimeType : "unknown type";
}

/** Size of what a base64 text stands for. */
function sizeOf(base64: unknown): string {
  if (typeof base64 !== "string") return "no data";
  const padding = /={0,2}$/.exec(base64)?.[0].length ?? 0;
  return `${Math.max(0, Math.floor(base64.length * 3 / 4) - padding)} bytes`;
}
