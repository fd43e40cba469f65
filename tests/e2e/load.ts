import { fromFileUrl } from "@std/path";
import { textOf } from "./answer.ts";
import { Client2026 } from "./client_2026.ts";
import { Session2025 } from "./session_2025.ts";

const CLIENTS = 10;

/**
 * Ten clients of both eras at once, each with a stream of its own and so many calls one after another. They live in a
 * process of their own, with which every connection ends. Rude ones leave in the middle of everything.
 */
export async function load(
  url: string,
  calls: number,
  manners: "polite" | "rude" = "polite",
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--allow-net=127.0.0.1"],
      ...[fromFileUrl(import.meta.url), url, String(calls), manners],
    ],
    stdin: "null",
    stdout: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

async function useModern(url: string, calls: number, at: number): Promise<void> {
  const client = new Client2026(url);
  const stream = await client.listen({ toolsListChanged: true });
  await stream.message();
  for (let call = 0; call < calls; call++) {
    expect(`${at}-${call}`, textOf(await client.call("bench__echo", { text: `${at}-${call}` })));
  }
  await client.call("work__work", { steps: 5 }, { progressToken: at });
  await stream[Symbol.asyncDispose]();
}

async function useOld(url: string, calls: number, at: number, isRude: boolean): Promise<void> {
  const session = await Session2025.open(url);
  const general = await session.listen();
  for (let call = 0; call < calls; call++) {
    expect(`${at}-${call}`, textOf(await session.call("bench__echo", { text: `${at}-${call}` })));
  }
  await session.call("work__work", { steps: 5 }, { progressToken: at });
  if (isRude) return;
  await session.delete();
  await general[Symbol.asyncDispose]();
}

function expect(sent: string, got: string): void {
  if (got !== sent) throw new Error(`Sent "${sent}" and got "${got}"`);
}

if (import.meta.main) {
  const [url = "", calls = "", manners] = Deno.args;
  const isRude = manners === "rude";
  await Promise.all(
    Array.from(
      { length: CLIENTS },
      (_, at) =>
        at % 2 === 0 ? useModern(url, Number(calls), at) : useOld(url, Number(calls), at, isRude),
    ),
  );
  if (isRude) {
    // Nothing of these is waited for.
    for (const client of [new Client2026(url), new Client2026(url)]) {
      client.call("work__work", { steps: 5000 });
      await client.listen({ toolsListChanged: true });
    }
  }
  Deno.exit(0);
}
