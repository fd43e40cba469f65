import { streamableHttp } from "../../../src/backends/transports/streamable_http.ts";
import { ScriptedServer } from "../../contracts/scripted_server.ts";
import { transportContract } from "../../contracts/transport_contract.ts";
import { loopback, streamableScript } from "./http_servers.ts";

transportContract("streamableHttp() to a server that streams", () => {
  const server = loopback(streamableScript(new ScriptedServer(), "stream"));
  return Promise.resolve({
    transport: streamableHttp({ url: server.url, headers: {} }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  });
});
