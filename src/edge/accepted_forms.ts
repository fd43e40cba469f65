/** Which forms of answer a client takes. */
export interface Forms {
  readonly json: boolean;
  readonly sse: boolean;
}

/** Reads an `Accept` header. A client that sends none gets plain answers. */
export function acceptedForms(accept: string | null): Forms {
  if (accept === null || accept.includes("*/*")) return { json: true, sse: accept !== null };
  return {
    json: /application\/(json|\*)/i.test(accept),
    sse: /text\/(event-stream|\*)/i.test(accept),
  };
}
