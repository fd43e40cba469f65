import type { Desk } from "../edge/desk.ts";
import type { EdgeOptions } from "../edge/options.ts";
import type { Log } from "../observe/log.ts";
import { SELF } from "./assemble.ts";
import type { Gateway } from "./gateway.ts";

/** What the doors of the edge need of an assembled gateway. */
export function deskOf(gateway: Gateway, options: EdgeOptions, log: Log): Desk {
  const { handle, inputSchema, serverIds, answerMs } = gateway;
  return { handle, inputSchema, serverIds, answerMs, serverInfo: SELF, options, log };
}
