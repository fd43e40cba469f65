/** What a starting server is busy with, for the status line. A download says what, not from where. */
export function activity(server: string, stderrLine: string): string {
  return `${server}: ${stderrLine.replace(/https?:\/\/\S*\/([^\s/?#]+)\S*/g, "$1")}`;
}
