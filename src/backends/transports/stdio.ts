import { z } from "zod";

/** `transport: {type: stdio}` a server that is a program on this machine. */
export const stdioShape = z.strictObject({
  type: z.literal("stdio"),
  command: z.string().min(1).describe(
    "Program to run: a path, or a name looked up on PATH; no shell is involved",
  ),
  args: z.array(z.string()).default([]).describe("Its arguments"),
  cwd: z.string().min(1).optional().describe(
    "Its working directory; relative paths start at the configuration file",
  ),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'letters, digits and "_"'), z.string())
    .default({})
    .describe("Environment variables it gets besides PATH, HOME, LANG, TZ and TMPDIR"),
});
export type StdioOptions = z.output<typeof stdioShape>;
