import { readLines } from "../backends/transports/lines.ts";
import { StdioServer } from "../edge/stdio_server.ts";
import type { EdgeOptions } from "../edge/options.ts";
import { edgeShape } from "../edge/options.ts";
import type { Log } from "../observe/log.ts";
import { deskOf } from "./desk.ts";
import type { Gateway } from "./gateway.ts";

/** Where a stdio client's messages come from and go to. */
export interface StdioPipes {
  readonly input: ReadableStream<Uint8Array>;
  write(text: string): Promise<void>;
}

/** How long answers to requests that came before the end of input may take. */
const LAST_ANSWERS_MS = 5_000;

/** Serves one client over stdin and stdout; resolves when its input has ended and its last requests are answered. */
export async function serveStdio(gateway: Gateway, io: StdioPipes, log: Log): Promise<void> {
  const options: EdgeOptions = edgeShape.parse({});
  let writing = Promise.resolve();
  const server = new StdioServer(deskOf(gateway, options, log), (line) => {
    writing = writing.then(() => io.write(line + "\n")).catch((error) => {
      log.debug("Client does not read", { why: String(error) });
    });
  });
  await readLines(io.input, {
    maxBytes: options.max_request_size_bytes,
    onLine: (line) => server.receive(line),
    onTooLong: (bytes) => {
      log.warn("Message was too large", { bytes });
      server.tooLarge();
    },
  });
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, LAST_ANSWERS_MS);
  gateway.endSubscriptions();
  await Promise.race([server.answered(), late]);
  clearTimeout(timer);
  await server.end();
  await writing;
}
