import { type Log, type LogFields, SEVERITIES, type Severity } from "../../src/observe/log.ts";

export interface LogLine {
  readonly severity: Severity;
  readonly message: string;
  readonly fields: LogFields;
}

/** A log that keeps its lines for a test to look at. */
export function keepingLog(
  level: Severity = "debug",
): Log & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const keep = (severity: Severity) => (message: string, fields: LogFields = {}) => {
    if (SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(level)) {
      lines.push({ severity, message, fields });
    }
  };
  return {
    level,
    lines,
    debug: keep("debug"),
    info: keep("info"),
    warn: keep("warn"),
    error: keep("error"),
  };
}
