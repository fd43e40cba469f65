import { decodeFrame, type Frame, idKey } from "../mcp/frames.ts";

/** Most messages of one batch: all of them are carried out at once. */
export const MAX_BATCH = 100;

/** The messages of a batch (2025-03-26 basic/index, Batching), or a sentence saying why it is none. */
export function decodeBatch(values: readonly unknown[]): readonly Frame[] | string {
  if (values.length === 0) return "Batch is empty";
  if (values.length > MAX_BATCH) return `Batch has more than ${MAX_BATCH} messages`;
  const frames: Frame[] = [];
  const ids = new Set<string>();
  for (const value of values) {
    const frame = decodeFrame(value);
    if (frame.kind === "invalid") return frame.why;
    frames.push(frame);
    if (frame.kind !== "request") continue;
    const key = idKey(frame.id);
    if (ids.has(key) || frame.method === "initialize") {
      return "Batch repeats an id or holds initialize";
    }
    ids.add(key);
  }
  return frames;
}
