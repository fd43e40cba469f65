/**
 * What the gateway may do: the flags of the tasks that run it and of the executable, in this one place. Neither
 * foreign functions nor remote imports are ever among them, and what nothing uses yet is left out.
 */
export const GATEWAY_PERMISSIONS: readonly string[] = [
  // A permission that is missing is an error in the log, not a question to a person who may not be there.
  "--no-prompt",
  // Listens where the configuration says and reaches the servers it names.
  "--allow-net",
  // Configuration, secrets from files, and looking commands up on PATH.
  "--allow-read",
  // The configuration may use any variable.
  "--allow-env",
  // Starts the configured servers; ending a whole process group is allowed only without a list of names.
  "--allow-run",
  "--deny-ffi",
  "--deny-import",
];
