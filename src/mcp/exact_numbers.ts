// JSON.parse can hand the text of each number to a reviver, but calls it for every value there is, which takes minutes
// for a few megabytes. Here only the numbers that would change are touched: each is replaced by a marked string before
// parsing, and by its own text afterwards. Both passes are linear.

/** A number kept as its text, because a JavaScript number would change it. */
export interface RawNumber {
  readonly rawJSON: string;
}

// The JSON source-text-access proposal, present in V8 and not yet in TypeScript's library.
interface JsonWithSource {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): boolean;
}
const { rawJSON, isRawJSON } = JSON as unknown as JsonWithSource;

/** True for a number that was kept as text. */
export function isRawNumber(value: unknown): value is RawNumber {
  return isRawJSON(value);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;

/** Parses valid JSON text, keeping each number as text that a JavaScript number would write differently. */
export function parseExactly(text: string): unknown {
  // Nobody who writes a message can know it, so that no string of theirs is taken for a number of ours.
  const mark = `${crypto.randomUUID()}:`;
  const marked = markNumbers(text, mark);
  return marked === undefined ? JSON.parse(text) : restore(JSON.parse(marked), mark);
}

/** The text with each number that would change as a marked string; undefined where there is none. */
function markNumbers(text: string, mark: string): string | undefined {
  const pieces: string[] = [];
  let copied = 0;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === MINUS || isDigit(code)) {
      const end = endOfNumber(text, at);
      const number = text.slice(at, end);
      if (String(Number(number)) !== number) {
        pieces.push(text.slice(copied, at), `"${mark}${number}"`);
        copied = end;
      }
      at = end;
    } else at++;
  }
  return copied === 0 ? undefined : pieces.join("") + text.slice(copied);
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at + 1;
  }
  return text.length;
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && isOfNumber(text.charCodeAt(at))) at++;
  return at;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Digits, point, exponent, signs. */
function isOfNumber(code: number): boolean {
  return isDigit(code) || code === 0x2e || code === 0x65 || code === 0x45 || code === 0x2b ||
    code === MINUS;
}

function restore(root: unknown, mark: string): unknown {
  const holder = { root };
  const open: object[] = [holder];
  for (let container = open.pop(); container !== undefined; container = open.pop()) {
    // Arrays too: their keys are their positions.
    for (const key of Object.keys(container)) {
      const value: unknown = (container as Record<string, unknown>)[key];
      if (typeof value === "object" && value !== null) open.push(value);
      else if (typeof value === "string" && value.startsWith(mark)) {
        set(container, key, rawJSON(value.slice(mark.length)));
      }
    }
  }
  return holder.root;
}

/** Assigning to `__proto__` would do something else. */
function set(container: object, key: string, value: RawNumber): void {
  if (key !== "__proto__") (container as Record<string, unknown>)[key] = value;
  else {Object.defineProperty(container, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });}
}
