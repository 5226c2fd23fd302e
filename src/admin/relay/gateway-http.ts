/** The HTTP server of a gateway thread: it refuses what can't be read as main would, and passes the rest on. */
import { createServer, type Server } from 'node:http';
import {
  HTTP_TIMEOUTS,
  type HttpTimeouts,
  KEEP_ALIVE_MS,
  boundServer,
  nodeServerOptions,
} from '../http-bounds.ts';
import { refuseConnection, refuseExpectation } from '../refusals.ts';
import type { Relay } from './relay.ts';

/** What the server needs. */
export interface GatewayHttpOptions {
  readonly relay: Relay;
  /** Stand in every answer that isn't main's. */
  readonly headers: Readonly<Record<string, string>>;
  /** Default: those of a server in the open. */
  readonly timeouts?: HttpTimeouts;
}

/** Builds it; the caller listens, takes its `upgrade` events and closes. */
export function buildGatewayHttp({ relay, headers, timeouts = HTTP_TIMEOUTS }: GatewayHttpOptions): Server {
  const options = {
    ...nodeServerOptions(timeouts),
    requestTimeout: timeouts.request,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const server = createServer(options, (request, response) => {
    relay.pass(request, response);
  });
  boundServer(server);
  server.on('clientError', refuseConnection(headers));
  server.on('checkExpectation', refuseExpectation(headers));
  return server;
}
