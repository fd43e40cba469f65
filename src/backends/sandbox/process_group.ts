/** How long a child may take to end by itself after end of input, and again after TERM. */
const GRACE_MS = { endOfInput: 2000, term: 2000, kill: 2000 } as const;
/** A child that hung up by itself is not waited for politely. */
const HUNG_UP_MS = 500;

/**
 * Ends a child and everything in its process group: waits for end of input to take effect, then TERM, then KILL, each
 * with a deadline. Its input must be closed already. Resolves with the child's status, or undefined should even KILL
 * not have ended it in time.
 */
export async function endProcessGroup(
  child: Deno.ChildProcess,
  exit: Promise<Deno.CommandStatus>,
  how: "asked" | "hung_up",
): Promise<Deno.CommandStatus | undefined> {
  let status = await within(exit, how === "asked" ? GRACE_MS.endOfInput : HUNG_UP_MS);
  // The child may be gone and its own children not: the group is signalled either way.
  if (signalGroup(child.pid, "SIGTERM")) {
    status ??= await within(exit, GRACE_MS.term);
    if (status !== undefined && groupLives(child.pid)) await delay(100);
    signalGroup(child.pid, "SIGKILL");
  }
  return status ?? await within(exit, GRACE_MS.kill);
}

/** Whether there was anyone to signal. */
function signalGroup(pid: number, signal: Deno.Signal): boolean {
  try {
    // A process group has the negative id of its leader; Windows has none.
    Deno.kill(Deno.build.os === "windows" ? pid : -pid, signal);
    return true;
  } catch {
    return false;
  }
}

function groupLives(pid: number): boolean {
  return Deno.build.os !== "windows" && signalGroup(pid, "SIGCONT");
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
