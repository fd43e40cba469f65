import { oneLine } from "../observe/log.ts";

// The sequences that colour text, move the cursor or name the window.
const ESCAPE_SEQUENCE =
  // deno-lint-ignore no-control-regex -- escape sequences begin with a control character
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// All control characters except tab and newline.
// deno-lint-ignore no-control-regex -- control characters are exactly what must not reach a terminal
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text from outside for one line of a terminal, cut to a width. */
export function printableLine(text: string, maxLength = Infinity): string {
  const line = oneLine(text.replace(ESCAPE_SEQUENCE, "").replaceAll("\t", " ").trimEnd());
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1)}…`;
}

/** Text from outside for a terminal: its lines stay, but it cannot move the cursor, recolour or retitle the window. */
export function printableText(text: string): string {
  return text.replace(ESCAPE_SEQUENCE, "").replaceAll("\r\n", "\n").replace(CONTROL, "�");
}
