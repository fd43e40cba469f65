import type { Command } from "./command.ts";
import { list } from "./list.ts";
import { start } from "./start.ts";
import { stdio } from "./stdio.ts";
import { toolsCall } from "./tools_call.ts";
import { toolsList } from "./tools_list.ts";
import { validate } from "./validate.ts";
import { version } from "./version.ts";

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  start,
  stdio,
  validate,
  list,
  toolsList,
  toolsCall,
  version,
];
