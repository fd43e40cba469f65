import { assertEquals, assertRejects } from "@std/assert";
import { locateConfig } from "../../src/config/locate.ts";
import { loadConfig } from "../../src/config/load.ts";
import { ReadError, readText } from "../../src/config/read_text.ts";

Deno.test("readText() reads UTF-8 up to the limit and says why it does not", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/ok`, "é".repeat(50));
    await Deno.writeFile(`${folder}/latin`, new Uint8Array([0x61, 0xe9, 0x62]));
    assertEquals(await readText(`${folder}/ok`, 100), "é".repeat(50));
    const cases = [
      { file: "ok", max: 99, message: "it is larger than 99 bytes" },
      { file: "latin", max: 99, message: "it is not UTF-8 text" },
      { file: "none", max: 99, message: "no such file" },
      { file: "ok/below", max: 99, message: "no such file" },
      { file: "", max: 99, message: "it is a directory" },
    ];
    for (const { file, max, message } of cases) {
      const error = await assertRejects(() => readText(`${folder}/${file}`, max), ReadError);
      assertEquals(error.message, message);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadConfig() and locateConfig() read from disk by default", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/only1mcp`);
    await Deno.writeTextFile(`${folder}/secret`, "9000\n");
    await Deno.writeTextFile(
      `${folder}/only1mcp/config.yaml`,
      "server: {port: '${file:../secret}'}",
    );
    const location = await locateConfig({
      environment: { XDG_CONFIG_HOME: folder },
    });
    assertEquals(location, { kind: "found", file: `${folder}/only1mcp/config.yaml` });
    const result = await loadConfig({ file: `${folder}/only1mcp/config.yaml`, environment: {} });
    assertEquals(result.kind === "ok" && result.config.server.port, 9000);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
