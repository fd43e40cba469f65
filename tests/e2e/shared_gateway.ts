import { type ConfigSource, GatewayProcess } from "./gateway_process.ts";

/** A gateway for all tests of one file; to be called once, at its top. */
export function sharedGateway(
  config: () => ConfigSource | Promise<ConfigSource>,
  options: { readonly servers: number; readonly maxMs?: number },
): () => GatewayProcess {
  let gateway: GatewayProcess | undefined;
  let failure: unknown;
  Deno.test.beforeAll(async () => {
    try {
      gateway = await GatewayProcess.start(await config());
      await gateway.up(options.servers, options.maxMs);
    } catch (error) {
      // Thrown from here it would be shown without its message.
      failure = error;
    }
  });
  Deno.test.afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]();
  });
  return () => {
    if (failure !== undefined) throw failure;
    if (gateway === undefined) throw new Error("The gateway runs during tests only");
    return gateway;
  };
}
