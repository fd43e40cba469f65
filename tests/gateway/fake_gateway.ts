import type { Gateway, ServerView } from "../../src/gateway/gateway.ts";
import { FakeDesk } from "../edge/fake_desk.ts";

/** An assembled program whose calls the test answers. */
export class FakeGateway implements Gateway {
  readonly desk = new FakeDesk();
  readonly handle = this.desk.handle;
  readonly serverIds = this.desk.serverIds;
  readonly answerMs = 1000;
  readonly settled: Promise<void> = Promise.resolve();
  states: ServerView["state"][] = ["up"];
  subscriptionsEnded = 0;
  closings = 0;

  inputSchema(): Promise<unknown> {
    return Promise.resolve(undefined);
  }

  views(): readonly ServerView[] {
    return this.states.map((state, at) => ({
      id: `s${at}`,
      name: `s${at}`,
      transport: "stdio",
      state,
      protocolVersion: undefined,
      pid: undefined,
      restarts: 0,
      counts: { tools: 0, prompts: 0, resources: 0, resourceTemplates: 0 },
      problem: undefined,
      stderrTail: [],
      hidden: [],
    }));
  }

  endSubscriptions(): void {
    this.subscriptionsEnded++;
  }

  close(): Promise<void> {
    this.closings++;
    return Promise.resolve();
  }
}
