import type { EventStore, JSONRPCMessage } from "@modelcontextprotocol/server";

const MAX_EVENTS = 1000;

/** Keeps the last events of one session in memory so that a stream can be resumed. */
export function eventLog(): EventStore {
  const events: { id: string; streamId: string; message: JSONRPCMessage }[] = [];
  let count = 0;
  return {
    storeEvent(streamId, message) {
      const id = `${streamId}.${++count}`;
      events.push({ id, streamId, message });
      if (events.length > MAX_EVENTS) events.shift();
      return Promise.resolve(id);
    },
    getStreamIdForEventId(id) {
      return Promise.resolve(events.find((event) => event.id === id)?.streamId);
    },
    async replayEventsAfter(lastId, { send }) {
      const index = events.findIndex((event) => event.id === lastId);
      const streamId = events[index]?.streamId;
      if (streamId === undefined) throw new Error("Unknown event id");
      for (const event of events.slice(index + 1)) {
        // A message without members is the priming event, which nobody needs twice.
        if (event.streamId !== streamId || Object.keys(event.message).length === 0) continue;
        await send(event.id, event.message);
      }
      return streamId;
    },
  };
}
