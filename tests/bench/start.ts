import { parse } from "yaml";
import { type Bench, type ServerEntry, startGateway, stdioEntry } from "./gateway.ts";
import { median } from "./load.ts";

/** How long it takes until a client can see everything. */
export interface StartResult {
  readonly servers: string;
  /** Milliseconds from the gateway's start to its first complete `tools/list`; undefined where it never came. */
  readonly firstListMs: number | undefined;
  readonly rounds: readonly number[];
  readonly aimMs: number;
  /** Why there is no figure. */
  readonly problem: string | undefined;
}

const AIM_MS = 3_000;

/** Measures the start with ten servers that run under Deno. A first start, which may download, does not count. */
export async function measureStart(bench: Bench): Promise<readonly StartResult[]> {
  const ten = Array.from({ length: 10 }, (_, n) => stdioEntry(`small-${n}`, "2025"));
  const example = await exampleServers(bench.root);
  return [
    await measureOne(bench, "10 small ones", ten),
    await measureOne(
      bench,
      `${example.length} of the example, ${10 - example.length} small ones`,
      [...example, ...ten.slice(example.length)],
    ),
  ];
}

async function measureOne(
  bench: Bench,
  servers: string,
  entries: readonly ServerEntry[],
): Promise<StartResult> {
  const rounds: number[] = [];
  let problem: string | undefined;
  try {
    for (let n = 0; n < (bench.isQuick ? 3 : 7); n++) {
      bench.progress(`start, ${servers}`);
      const gateway = await startGateway(bench, entries);
      await gateway.stop();
      if (n > 0) rounds.push(gateway.firstListMs);
    }
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const firstListMs = rounds.length === 0 ? undefined : median(rounds);
  return { servers, firstListMs, rounds, aimMs: AIM_MS, problem };
}

/** The servers of the example configuration, as they are when it is read where it lies. */
async function exampleServers(root: string): Promise<readonly ServerEntry[]> {
  const { servers } = parse(await Deno.readTextFile(`${root}/config.example.yaml`)) as Example;
  return servers.map(({ id, transport: { command, args, cwd = ".", env = {} } }) => ({
    id,
    transport: {
      type: "stdio",
      command: command === "deno" ? Deno.execPath() : command,
      args,
      cwd: `${root}/${cwd}`,
      env: JSON.parse(JSON.stringify(env).replaceAll("${config:dir}", root)),
    },
  }));
}

/** What of the file matters here; a test of its own makes sure that it is valid. */
interface Example {
  readonly servers: readonly {
    readonly id: string;
    readonly transport: {
      readonly command: string;
      readonly args: readonly string[];
      readonly cwd?: string;
      readonly env?: Readonly<Record<string, string>>;
    };
  }[];
}
