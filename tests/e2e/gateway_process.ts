import { fromFileUrl } from "@std/path";
import { GATEWAY_PERMISSIONS } from "../../scripts/permissions.ts";
import { until } from "./until.ts";
import { within } from "./within.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));
const START_MS = 30_000;
const STOP_MS = 30_000;

/** What `only1mcp start` is given: a file, or what stands in one. */
export type ConfigSource = string | { readonly [key: string]: unknown };

/**
 * The program as people run it, in a process of its own. Its output goes into files, so that no read of ours is under
 * way while a test runs and the leak sanitizers stay meaningful.
 */
export class GatewayProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #dir: string;
  #url = "";
  #ended: Promise<Deno.CommandStatus>;

  private constructor(child: Deno.ChildProcess, dir: string) {
    this.#child = child;
    this.#dir = dir;
    this.#ended = child.status;
  }

  /** Starts a gateway on a free port and waits until it lets clients in; `limits` are shell commands before it. */
  static async start(
    config: ConfigSource,
    args: readonly string[] = [],
    limits = "",
  ): Promise<GatewayProcess> {
    const dir = await Deno.makeTempDir({ prefix: "only1mcp-e2e-" });
    const file = typeof config === "string" ? config : `${dir}/only1mcp.json`;
    if (typeof config !== "string") await Deno.writeTextFile(file, JSON.stringify(config));
    const command = [
      Deno.execPath(),
      ...["run", "--quiet", ...GATEWAY_PERMISSIONS, `${root}main.ts`],
      ...["start", "--config", file, "--port", "0", ...args],
    ];
    // exec: the process that is signalled is the gateway itself.
    const script = `${limits} out=$1 err=$2; shift 2; exec "$@" >"$out" 2>"$err"`;
    const child = new Deno.Command("sh", {
      args: ["-c", script, "sh", `${dir}/out`, `${dir}/err`, ...command],
      cwd: root,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const gateway = new GatewayProcess(child, dir);
    try {
      gateway.#url = await gateway.#listening();
    } catch (error) {
      await gateway[Symbol.asyncDispose]();
      throw error;
    }
    return gateway;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The address of all servers together, ending in `/mcp`. */
  get url(): string {
    return this.#url;
  }

  /** The same without its path. */
  get origin(): string {
    return new URL(this.#url).origin;
  }

  get port(): number {
    return Number(new URL(this.#url).port);
  }

  /** What it has written to standard error so far. */
  async log(): Promise<string> {
    return await textOf(`${this.#dir}/err`);
  }

  /** Waits for a line of its log that matches; gives the match. */
  async logged(pattern: RegExp, maxMs = 10_000): Promise<RegExpExecArray> {
    try {
      return await until(
        `log matches ${pattern}`,
        async () => pattern.exec(await this.log()) ?? undefined,
        { maxMs },
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${await this.log()}`);
    }
  }

  /** Waits until so many servers are up. */
  async up(count: number, maxMs = 30_000): Promise<void> {
    await until(`${count} servers are up`, async () => {
      const response = await fetch(`${this.origin}/health/ready`);
      const { servers } = await response.json();
      return servers.up >= count;
    }, { maxMs, everyMs: 50 }).catch(async (error) => {
      throw new Error(`${(error as Error).message}\n${await this.log()}`);
    });
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for its end. */
  async ended(maxMs = STOP_MS): Promise<number> {
    return (await within("the gateway ends", this.#ended, maxMs)).code;
  }

  /** Asks it to stop and waits for its end. */
  async stop(): Promise<number> {
    this.signal("SIGTERM");
    return await this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS);
    await this.#ended;
    clearTimeout(timer);
    await Deno.remove(this.#dir, { recursive: true });
  }

  async #listening(): Promise<string> {
    let hasEnded = false;
    this.#ended.then(() => hasEnded = true);
    const found = await until("the gateway listens", async () => {
      if (hasEnded) return "ended" as const;
      return /^Listening on (\S+)\n/.exec(await textOf(`${this.#dir}/out`))?.[1];
    }, { maxMs: START_MS, everyMs: 10 }).catch(() => "ended" as const);
    if (found === "ended") throw new Error(`Gateway did not start:\n${await this.log()}`);
    return found;
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
