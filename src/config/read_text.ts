/** Reads a whole text file of at most `maxBytes`. Rejects with {@link ReadError}. */
export type ReadText = (path: string, maxBytes: number) => Promise<string>;

/** Why a file cannot be used; the message completes `Cannot read "x": …`. */
export class ReadError extends Error {
  override readonly name = "ReadError";
}

/** Reads UTF-8 from disk, never more than it was told, so that a device or a wrong file cannot fill the memory. */
export async function readText(path: string, maxBytes: number): Promise<string> {
  const bytes = await readBytes(path, maxBytes).catch((error: unknown) => {
    throw error instanceof ReadError ? error : new ReadError(reason(error));
  });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ReadError("it is not UTF-8 text");
  }
}

async function readBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  using file = await Deno.open(path);
  if ((await file.stat()).isDirectory) throw new ReadError("it is a directory");
  const buffer = new Uint8Array(maxBytes + 1);
  let length = 0;
  while (length <= maxBytes) {
    const count = await file.read(buffer.subarray(length));
    if (count === null) return buffer.subarray(0, length);
    length += count;
  }
  throw new ReadError(`it is larger than ${maxBytes} bytes`);
}

function reason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.NotADirectory) return "no such file";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotCapable) {
    return "the gateway was started without access to it";
  }
  return "it cannot be opened";
}
