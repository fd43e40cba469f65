import { sse } from "../../../src/backends/transports/sse.ts";
import { ScriptedServer } from "../../contracts/scripted_server.ts";
import { transportContract } from "../../contracts/transport_contract.ts";
import { loopback, sseScript } from "./http_servers.ts";

transportContract("sse()", () => {
  const server = loopback(sseScript(new ScriptedServer()));
  return Promise.resolve({
    transport: sse({ url: server.url, headers: {} }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  });
});
