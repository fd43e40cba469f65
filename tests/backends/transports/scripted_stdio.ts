/** The server of the transport contract as a program: newline-delimited JSON on its pipes. */
import { decodeFrame, encodeFrame, type Frame } from "../../../src/mcp/frames.ts";
import { parseJson } from "../../../src/mcp/json.ts";
import { readLines } from "../../../src/backends/transports/lines.ts";
import { ScriptedServer } from "../../contracts/scripted_server.ts";

const server = new ScriptedServer();
const writer = Deno.stdout.writable.getWriter();
const encoder = new TextEncoder();

await readLines(Deno.stdin.readable, {
  maxBytes: Infinity,
  onLine(line) {
    const frame = decodeFrame(parseJson(line));
    if (frame.kind !== "invalid") server.receive(frame, say);
  },
  onTooLong() {},
});

function say(frame: Frame): void {
  writer.write(encoder.encode(encodeFrame(frame) + "\n"));
}
