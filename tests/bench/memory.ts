import { type Bench, type ServerEntry, startGateway } from "./gateway.ts";
import { median } from "./load.ts";
import { residentMb } from "./proc.ts";

/** What a gateway holds that does nothing. */
export interface MemoryResult {
  readonly servers: number;
  readonly residentMb: number;
}

const SMALL_SERVER = new URL("./small_server.sh", import.meta.url).pathname;
/** Time for what starting has left behind to be collected. */
const REST_MS = 3_000;

/** Measures the gateway's own memory with no, ten and a hundred stdio servers; theirs does not count. */
export async function measureMemory(bench: Bench): Promise<readonly MemoryResult[]> {
  const results: MemoryResult[] = [];
  for (const servers of [0, 10, 100]) {
    const sizes: number[] = [];
    for (let n = 0; n < (bench.isQuick ? 1 : 3); n++) {
      bench.progress(`memory with ${servers} servers`);
      const gateway = await startGateway(bench, Array.from({ length: servers }, smallServer));
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
      sizes.push(await residentMb(gateway.pid));
      await gateway.stop();
    }
    results.push({ servers, residentMb: median(sizes) });
  }
  return results;
}

function smallServer(_: unknown, n: number): ServerEntry {
  return {
    id: `small-${n}`,
    protocol: "2025",
    transport: { type: "stdio", command: "/bin/sh", args: [SMALL_SERVER] },
  };
}
