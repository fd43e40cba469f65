/** Severity of the gateway's own log, least severe first. */
export const SEVERITIES = ["debug", "info", "warn", "error"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Structured facts of a log line; values that are undefined are left out. Never put arguments or secrets here. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where the gateway tells its operator what happens. */
export interface Log {
  readonly level: Severity;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LogOptions {
  /** Lines below this are not written. Default `info`. */
  readonly level?: Severity;
  /** `text` for people, `json` for machines: one object a line. Default `text`. */
  readonly format?: "text" | "json";
  /** Takes complete lines, newline included. May be called with several lines at once. */
  readonly write: (lines: string) => void;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/** Makes a log that writes one line a message, batched per turn of the event loop so that a busy gateway writes rarely. */
export function createLog(options: LogOptions): Log & { flush(): void } {
  const { level = "info", format = "text", write, now = Date.now } = options;
  const line = format === "json" ? jsonLine : textLine;
  const threshold = SEVERITIES.indexOf(level);
  let pending = "";

  function flush(): void {
    if (pending === "") return;
    const lines = pending;
    pending = "";
    write(lines);
  }

  function log(severity: Severity, message: string, fields: LogFields = {}): void {
    if (SEVERITIES.indexOf(severity) < threshold) return;
    if (pending === "") setTimeout(flush, 0);
    pending += line(now(), severity, message, fields);
  }

  return {
    level,
    debug: (message, fields) => log("debug", message, fields),
    info: (message, fields) => log("info", message, fields),
    warn: (message, fields) => log("warn", message, fields),
    error: (message, fields) => log("error", message, fields),
    flush,
  };
}

/** A log that says nothing. */
export const silentLog: Log = { level: "error", debug() {}, info() {}, warn() {}, error() {} };

function jsonLine(time: number, severity: Severity, message: string, fields: LogFields): string {
  const line = { time: new Date(time).toISOString(), level: severity, message, ...fields };
  return oneLine(JSON.stringify(line)) + "\n";
}

function textLine(time: number, severity: Severity, message: string, fields: LogFields): string {
  let line = `${new Date(time).toISOString()} ${severity.padEnd(5)} ${oneLine(message)}`;
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) {
      line += ` ${name}=${typeof value === "string" ? quoteIfNeeded(value) : value}`;
    }
  }
  return line + "\n";
}

function quoteIfNeeded(value: string): string {
  return /^[\w./:@+-]+$/.test(value) ? value : oneLine(JSON.stringify(value));
}

// deno-lint-ignore no-control-regex -- control characters are exactly what must not reach a terminal or split a line
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Text from outside, made safe for one line of a terminal. */
export function oneLine(text: string): string {
  return text.replace(CONTROL, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
