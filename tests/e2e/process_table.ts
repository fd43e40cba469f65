/** One process as `ps` shows it. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  /** `Z` first for one that has ended and that nobody has waited for. */
  readonly state: string;
  readonly residentBytes: number;
}

// Deno opens nothing below /proc for a program that is not allowed everything; other programs do.
async function run(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

/** Every process of this machine. */
export async function processTable(): Promise<readonly ProcessRow[]> {
  const text = await run("ps", ["-e", "-o", "pid=,ppid=,stat=,rss="]);
  return text.trim().split("\n").map((line) => {
    const [pid, parent, state = "", rss] = line.trim().split(/\s+/);
    return {
      pid: Number(pid),
      parent: Number(parent),
      state,
      residentBytes: Number(rss) * 1024,
    };
  });
}

/** The children of a process, and theirs. */
export async function descendantsOf(pid: number): Promise<readonly ProcessRow[]> {
  const table = await processTable();
  const found: ProcessRow[] = [];
  const parents = new Set([pid]);
  // A parent may stand behind its child in the table.
  for (let size = -1; size !== found.length;) {
    size = found.length;
    for (const row of table) {
      if (!parents.has(row.parent) || parents.has(row.pid)) continue;
      parents.add(row.pid);
      found.push(row);
    }
  }
  return found;
}

/**
 * Which of these processes are there, those included that have ended and that their parent has not waited for; not
 * those that the system's first process inherited and has yet to notice.
 */
export async function alive(pids: Iterable<number>): Promise<readonly number[]> {
  const wanted = new Set(pids);
  return (await processTable())
    .filter(({ pid, parent, state }) => wanted.has(pid) && !(parent === 1 && state.startsWith("Z")))
    .map(({ pid }) => pid);
}

/** How many descriptors a process has open. Linux only. */
export async function descriptorsOf(pid: number): Promise<number> {
  return (await run("ls", [`/proc/${pid}/fd`])).trim().split("\n").length;
}

/** The memory of a process that is resident, in bytes. */
export async function residentBytesOf(pid: number): Promise<number> {
  return (await processTable()).find((row) => row.pid === pid)?.residentBytes ?? 0;
}
