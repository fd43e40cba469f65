/** What came of reading a request's body. */
export type Body =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "too_large" }
  | { readonly kind: "broken" };

/** A request's body as text; `too_large` beyond the limit, whether or not its length was announced. */
export async function readBody(request: Request, maxBytes: number): Promise<Body> {
  const announced = request.headers.get("content-length");
  try {
    if (announced !== null) {
      // The server checks that no more comes than was announced.
      if (Number(announced) > maxBytes) {
        await request.body?.cancel();
        return { kind: "too_large" };
      }
      return { kind: "text", text: await request.text() };
    }
    return await readUnannounced(request, maxBytes);
  } catch {
    return { kind: "broken" };
  }
}

async function readUnannounced(
  request: Request,
  maxBytes: number,
): Promise<Body> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) return { kind: "too_large" };
    text += decoder.decode(chunk, { stream: true });
  }
  return { kind: "text", text: text + decoder.decode() };
}
