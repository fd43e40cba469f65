import { assert, assertStringIncludes } from "@std/assert";
import { Client2026 } from "./client_2026.ts";
import { fixtureEntry } from "./fixture_entry.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { until } from "./until.ts";

Deno.test({
  name:
    "a gateway that runs out of descriptors goes on, and takes connections again when there are some",
  // Where "ulimit -n" counts as it does on Linux.
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const config = { servers: [fixtureEntry("echo", "progress_log")] };
    await using gateway = await GatewayProcess.start(config, [], "ulimit -n 64;");
    const { hostname, port } = new URL(gateway.url);
    const idle: Deno.Conn[] = [];
    for (let n = 0; n < 100; n++) {
      const connection = await Deno.connect({ hostname, port: Number(port) }).catch(() =>
        undefined
      );
      if (connection === undefined) break;
      idle.push(connection);
    }
    assert(idle.length > 10, String(idle.length));
    await gateway.logged(/Cannot take connections.*Too many open files/);
    for (const connection of idle) connection.close();
    await until("the door opens again", async () => {
      const response = await fetch(`${gateway.origin}/health/live`).catch(() => undefined);
      await response?.body?.cancel();
      return response?.status === 200;
    });
    const answer = await new Client2026(gateway.url).request("tools/list");
    assertStringIncludes(answer.text, "echo__");
  },
});
