/** The revision without sessions: every request carries its own version and capabilities. */
export const VERSION_2026 = "2026-07-28";

/** The revisions with an `initialize` handshake, newest first. */
export const VERSIONS_2025 = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const;
export type Version2025 = (typeof VERSIONS_2025)[number];

/** Every revision served, newest first. */
export const SUPPORTED_VERSIONS: readonly string[] = [VERSION_2026, ...VERSIONS_2025];

/** Which of the two shapes of the protocol a frame or a connection speaks. */
export type Era = "2025" | "2026";

export function isVersion2025(version: unknown): version is Version2025 {
  return VERSIONS_2025.includes(version as Version2025);
}
