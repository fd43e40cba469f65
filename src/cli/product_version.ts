import manifest from "../../deno.json" with { type: "json" };

/** The version of this program, as `deno.json` states it. */
export const PRODUCT_VERSION: string = manifest.version;
