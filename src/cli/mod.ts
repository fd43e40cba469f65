import type { Command } from "./command.ts";
import { start } from "./start.ts";
import { version } from "./version.ts";

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [start, version];
