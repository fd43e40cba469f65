import { assertEquals } from "@std/assert";
import { classify } from "../../src/mcp/classify.ts";
import type { Frame, JsonObject } from "../../src/mcp/frames.ts";
import {
  isVersion2025,
  SUPPORTED_VERSIONS,
  VERSION_2026,
  VERSIONS_2025,
} from "../../src/mcp/versions.ts";

const request = (params?: JsonObject, method = "tools/list"): Frame => ({
  kind: "request",
  id: 1,
  method,
  params,
});
const notification = (params?: JsonObject): Frame => ({
  kind: "notification",
  method: "n",
  params,
});
const response: Frame = { kind: "response", id: 1, outcome: { result: {} } };
const modern = (version: unknown) => ({
  _meta: { "io.modelcontextprotocol/protocolVersion": version },
});

const CASES: readonly {
  readonly desc: string;
  readonly frame: Frame;
  readonly header?: string;
  readonly session?: boolean;
  readonly era: "2025" | "2026";
}[] = [
  { desc: "a bare request", frame: request(), era: "2025" },
  { desc: "initialize", frame: request({}, "initialize"), era: "2025" },
  { desc: "a request with its version", frame: request(modern("2026-07-28")), era: "2026" },
  {
    desc: "a request with a version nobody knows",
    frame: request(modern("1900-01-01")),
    era: "2026",
  },
  {
    desc: "a request with an older version in _meta",
    frame: request(modern("2025-11-25")),
    era: "2026",
  },
  { desc: "a request with a version that is no text", frame: request(modern(null)), era: "2026" },
  {
    desc: "a request with other _meta",
    frame: request({ _meta: { progressToken: 1 } }),
    era: "2025",
  },
  { desc: "a request with a broken _meta", frame: request({ _meta: "x" }), era: "2025" },
  {
    desc: "its version beside a session",
    frame: request(modern("2026-07-28")),
    session: true,
    era: "2026",
  },
  {
    desc: "its version under an older header",
    frame: request(modern("2026-07-28")),
    header: "2025-11-25",
    era: "2026",
  },
  ...VERSIONS_2025.map((header) => ({
    desc: `a request under the header ${header}`,
    frame: request(),
    header,
    era: "2025" as const,
  })),
  {
    desc: "a bare request under the header 2026-07-28",
    frame: request(),
    header: "2026-07-28",
    era: "2026",
  },
  {
    desc: "a bare request under a later header",
    frame: request(),
    header: "2027-01-01",
    era: "2026",
  },
  { desc: "a bare request under a nonsense header", frame: request(), header: "x", era: "2026" },
  { desc: "a bare request under an empty header", frame: request(), header: "", era: "2026" },
  {
    desc: "a bare request with a session under a new header",
    frame: request(),
    header: "2026-07-28",
    session: true,
    era: "2025",
  },
  { desc: "a request with a session", frame: request(), session: true, era: "2025" },
  { desc: "a notification", frame: notification(), era: "2025" },
  {
    desc: "a notification with its version",
    frame: notification(modern("2026-07-28")),
    era: "2026",
  },
  {
    desc: "a notification under the header 2026-07-28",
    frame: notification(),
    header: "2026-07-28",
    era: "2026",
  },
  { desc: "a response", frame: response, era: "2025" },
  {
    desc: "a response with a session",
    frame: response,
    session: true,
    header: "2025-11-25",
    era: "2025",
  },
  {
    desc: "a response under the header 2026-07-28",
    frame: response,
    header: "2026-07-28",
    era: "2026",
  },
];

for (const { desc, frame, header, session = false, era } of CASES) {
  Deno.test(`classify() takes ${desc} for ${era}`, () => {
    assertEquals(classify(frame, { versionHeader: header, hasSession: session }), era);
  });
}

Deno.test("isVersion2025() knows the revisions with a handshake and nothing else", () => {
  for (const version of VERSIONS_2025) assertEquals(isVersion2025(version), true);
  for (const other of [VERSION_2026, "2025-11-24", "", undefined, null, 2025, ["2025-11-25"]]) {
    assertEquals(isVersion2025(other), false);
  }
});

Deno.test("SUPPORTED_VERSIONS is newest first", () => {
  assertEquals(SUPPORTED_VERSIONS, SUPPORTED_VERSIONS.toSorted().toReversed());
});
