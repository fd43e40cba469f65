interface Remedy {
  readonly sign: RegExp;
  readonly hint: string;
}

// First match wins; what is certain stands before what is only likely.
const REMEDIES: readonly Remedy[] = [
  {
    sign: /NotCapable|Requires \w+ access/,
    hint: "The server was denied something it needs: add the --allow-… flag it names to its args",
  },
  {
    sign: /Could not find npm package|E404|404 Not Found|Module not found|Cannot find module/i,
    hint: "The package or file does not exist: check its name and version in args",
  },
  {
    sign: /HTTP 40[13]\b|unauthorized|forbidden/i,
    hint: "The server wants credentials: set transport.headers, for instance Authorization",
  },
  {
    sign: /HTTP 404\b/,
    hint: "There is nothing at this URL: MCP endpoints often end in /mcp or /sse",
  },
  {
    sign: /ECONNREFUSED|connection refused|error trying to connect/i,
    hint: "Nothing listens there: is the server running, and are host and port right?",
  },
  {
    sign: /ENOTFOUND|dns error|name resolution|failed to lookup/i,
    hint: "The host name is not known: check its spelling and the network",
  },
  {
    sign: /certificate|UnknownIssuer/i,
    hint:
      "The certificate is not trusted: DENO_CERT or NODE_EXTRA_CA_CERTS names one more authority",
  },
  {
    sign:
      /ENOENT|no program of that name|No such file|entity not found|command not found|cannot find .*(?:binary|PATH)/i,
    hint: "The command was not found: install it, or give its full path",
  },
  {
    sign: /EACCES|Permission denied/i,
    hint: "The file may not be read or run: check its owner and mode",
  },
  {
    sign: /timed out|timeout|did not finish/i,
    hint: "It may still be downloading: try again, or raise timeouts.connect_seconds",
  },
];

/** What a person might do about a server that is not up, judged by what it and we had to say. */
export function hintFor(problem: string, stderrTail: readonly string[]): string | undefined {
  for (const text of [problem, stderrTail.join("\n")]) {
    const remedy = REMEDIES.find(({ sign }) => sign.test(text));
    if (remedy !== undefined) return remedy.hint;
  }
  return undefined;
}
