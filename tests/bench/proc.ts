/** Jiffies a second: what Linux shows to programs, on every machine this runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time a process has used, its threads included and its children not (proc(5), utime and stime). */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await read(`/proc/${pid}/stat`);
  // The second field is the program's name in brackets and may hold anything; the 14th and 15th are wanted.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Megabytes (2^20) of memory that a process holds in RAM. */
export async function residentMb(pid: number): Promise<number> {
  const status = await read(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** What this machine's processor is called. */
export async function processorName(): Promise<string> {
  return /^model name\s*: (.+)$/m.exec(await read("/proc/cpuinfo"))?.[1] ?? "unknown processor";
}

/** Deno lets only programs with all permissions read below /proc themselves. */
async function read(path: string): Promise<string> {
  const { stdout, success } = await new Deno.Command("cat", { args: [path] }).output();
  if (!success) throw new Error(`Cannot read "${path}"`);
  return new TextDecoder().decode(stdout);
}
