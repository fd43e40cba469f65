/** Which of these processes run; one that has ended and was not reaped by its parent does not. */
export async function running(pids: readonly number[]): Promise<number[]> {
  const lines = await linesOf("ps", ["-o", "pid=,stat=", "-p", pids.join(",")]);
  return lines.map((line) => line.trim().split(/\s+/))
    .filter(([, state = ""]) => !/^[ZX]/.test(state))
    .map(([pid]) => Number(pid));
}

/** Our own open descriptors, on Linux. */
export async function descriptors(): Promise<number[]> {
  return (await linesOf("ls", [`/proc/${Deno.pid}/fd`])).map(Number);
}

/** Whether children get a descriptor of ours; what Deno itself opens they do not get. */
export async function isPassedOn(descriptor: number): Promise<boolean> {
  const lines = await linesOf("cat", [`/proc/${Deno.pid}/fdinfo/${descriptor}`]);
  const flags = lines.find((line) => line.startsWith("flags:"))?.slice("flags:".length) ?? "";
  const closeOnExec = 0o2000000;
  return (parseInt(flags, 8) & closeOnExec) === 0;
}

/** What a program prints. Programs may look into /proc, where Deno itself needs every permission. */
async function linesOf(command: string, args: string[]): Promise<string[]> {
  const { stdout } = await new Deno.Command(command, { args, stderr: "null" }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}
