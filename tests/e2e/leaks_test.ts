import { assert, assertEquals } from "@std/assert";
import { textOf } from "./answer.ts";
import { Client2026 } from "./client_2026.ts";
import { fixtureEntry } from "./fixture_entry.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { load } from "./load.ts";
import {
  alive,
  descendantsOf,
  descriptorsOf,
  processTable,
  residentBytesOf,
} from "./process_table.ts";
import { until } from "./until.ts";

// Children, descriptors and memory: what there is more of after much work than before.

Deno.test.sanitizer({ ops: true, resources: true });

const MIB = 1024 * 1024;
// Descriptors are counted where the system shows them as files.
const isLinux = Deno.build.os === "linux";

const CONFIG = {
  observability: { log: { level: "warn" } },
  restarts: { min_delay_seconds: 0.01, max_delay_seconds: 0.05, crash_loop_after: 1000 },
  servers: [
    fixtureEntry("bench", "bench_server"),
    fixtureEntry("work", "progress_log"),
    fixtureEntry("exits", "exit_mid_call"),
  ],
};

Deno.test("gateways that are started, used and stopped leave no process behind", async () => {
  const seen = new Set<number>();
  for (let round = 0; round < 3; round++) {
    await using gateway = await GatewayProcess.start(CONFIG);
    await gateway.up(3);
    for (const { pid } of await descendantsOf(gateway.pid)) seen.add(pid);
    await load(gateway.url, 1000);
    assertEquals((await descendantsOf(gateway.pid)).length, 3);
    seen.add(gateway.pid);
    assertEquals(await gateway.stop(), 0);
    assertEquals(await alive(seen), []);
  }
  assertEquals(seen.size, 3 * 4);
});

Deno.test({
  name: "a gateway has no more descriptors and little more memory after much work than before",
  ignore: !isLinux,
  async fn() {
    await using gateway = await GatewayProcess.start(CONFIG);
    await gateway.up(3);
    // A heap that has never been full grows until it is; what counts is that it stops.
    await load(gateway.url, 2000);
    const settled = await settledDescriptors(gateway.pid);
    const memory = await residentBytesOf(gateway.pid);
    for (let round = 0; round < 2; round++) await load(gateway.url, 1000);
    await until(
      "descriptors are back",
      async () => await descriptorsOf(gateway.pid) <= settled + 1,
    );
    const grown = await residentBytesOf(gateway.pid) - memory;
    assert(grown < 40 * MIB, `memory has grown by ${Math.round(grown / MIB)} MiB`);
    const ready = await fetch(`${gateway.origin}/health/ready`);
    assertEquals((await ready.json()).sessions, 0);
  },
});

Deno.test({
  name: "a gateway has no more descriptors after twenty restarts of a server, and no zombies",
  ignore: !isLinux,
  async fn() {
    await using gateway = await GatewayProcess.start(CONFIG);
    await gateway.up(3);
    const client = new Client2026(gateway.url);
    const pidOf = async () => {
      const answer = await client.call("exits__pid");
      return answer.error === undefined && Number(textOf(answer));
    };
    let pid = await until("it is up", pidOf);
    const settled = await settledDescriptors(gateway.pid);
    const seen = [pid];
    for (let round = 0; round < 20; round++) {
      Deno.kill(pid, "SIGKILL");
      pid = await until("it is up again", async () => {
        const next = await pidOf();
        return next !== pid && next;
      }, { everyMs: 5 });
      seen.push(pid);
    }
    assertEquals(new Set(seen).size, 21);
    assertEquals(await alive(seen), [pid]);
    const zombies = (await processTable()).filter(({ parent, state }) =>
      parent === gateway.pid && state.startsWith("Z")
    );
    assertEquals(zombies, []);
    await until(
      "descriptors are back",
      async () => await descriptorsOf(gateway.pid) <= settled + 1,
    );
    assertEquals((await descendantsOf(gateway.pid)).length, 3);
  },
});

Deno.test({
  name: "clients that come and go without a word leave no descriptors behind",
  ignore: !isLinux,
  async fn() {
    await using gateway = await GatewayProcess.start({
      ...CONFIG,
      server: { keep_alive_seconds: 1, sessions: { idle_seconds: 1 } },
    });
    await gateway.up(3);
    const settled = await settledDescriptors(gateway.pid);
    for (let round = 0; round < 3; round++) await load(gateway.url, 5, "rude");
    await until(
      "descriptors are back",
      async () => await descriptorsOf(gateway.pid) <= settled + 1,
    );
    await until("idle sessions have ended", async () => {
      const response = await fetch(`${gateway.origin}/health/ready`);
      return (await response.json()).sessions === 0;
    });
  },
});

/** How many descriptors a gateway has when connections of before have ended. */
async function settledDescriptors(pid: number): Promise<number> {
  let last = await descriptorsOf(pid);
  return await until("descriptors settle", async () => {
    const now = await descriptorsOf(pid);
    const isSame = now === last;
    last = now;
    return isSame && now;
  }, { everyMs: 300 });
}
