import { assertEquals } from "@std/assert";
import { trackSettling } from "../../src/gateway/settling.ts";

/** Whether it is done after a turn of the event loop, in which everything that is resolved comes through. */
async function isDone(done: Promise<void>): Promise<boolean> {
  let isDone = false;
  done.then(() => isDone = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  return isDone;
}

for (
  const { desc, servers, events, expected } of [
    { desc: "there are no servers", servers: [], events: [], expected: true },
    { desc: "nothing was tried", servers: ["a"], events: [], expected: false },
    { desc: "its only server failed", servers: ["a"], events: ["a down"], expected: true },
    { desc: "a server is up and not read", servers: ["a"], events: ["a up"], expected: false },
    { desc: "a server is up and read", servers: ["a"], events: ["a up", "a read"], expected: true },
    {
      desc: "it was read before that was told",
      servers: ["a"],
      events: ["a read", "a up"],
      expected: true,
    },
    {
      desc: "one of two is open",
      servers: ["a", "b"],
      events: ["a down", "a read"],
      expected: false,
    },
    {
      desc: "both have settled in their own ways",
      servers: ["a", "b"],
      events: ["b up", "a down", "b read"],
      expected: true,
    },
    {
      desc: "a stranger has settled",
      servers: ["a"],
      events: ["x read", "x down"],
      expected: false,
    },
  ]
) {
  Deno.test(`trackSettling() is ${expected ? "" : "not "}done when ${desc}`, async () => {
    const settling = trackSettling(servers);
    for (const event of events) {
      const [server, what] = event.split(" ");
      if (what === "read") settling.listed(server!);
      else settling.attempted(server!, what === "up");
    }
    assertEquals(await isDone(settling.done), expected);
  });
}
