import { oneLine } from "../observe/log.ts";

const MAX_LINES = 20;
const MAX_LINE_CHARS = 500;

/** The last lines a server wrote to its stderr, made safe to print. */
export class StderrTail {
  readonly #lines: string[] = [];

  add(line: string): void {
    const text = oneLine(stripColours(line)).trimEnd().slice(0, MAX_LINE_CHARS);
    if (text === "") return;
    this.#lines.push(text);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
  }

  get lines(): readonly string[] {
    return [...this.#lines];
  }

  get lastLine(): string | undefined {
    return this.#lines.at(-1);
  }
}

/** Text without terminal colour codes. */
export function stripColours(text: string): string {
  // deno-lint-ignore no-control-regex -- the escape character is what is looked for
  return text.replace(/\u001b\[[0-9;]*m/g, "");
}
