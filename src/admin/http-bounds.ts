/** How long requests may take, and what else Node's HTTP servers are held to, here and at the gateways. */
import type { IncomingMessage, Server, ServerOptions } from 'node:http';

/** How long requests may take, ms. */
export interface HttpTimeouts {
  /** For the head of a request. */
  readonly head: number;
  /** For all of it, body included. */
  readonly request: number;
  /** How often late ones are looked for. */
  readonly check: number;
}

/** Those of a server in the open. */
export const HTTP_TIMEOUTS: HttpTimeouts = { head: 10_000, request: 15_000, check: 5_000 };
/** A connection without a request is kept for so long, ms. */
export const KEEP_ALIVE_MS = 65_000;

/** What Node's server is told beside what Fastify tells it by itself. */
export function nodeServerOptions({ head, check }: HttpTimeouts): ServerOptions {
  return {
    headersTimeout: head,
    connectionsCheckingInterval: check,
    // Asked for in a hook, whose answer is a problem document.
    requireHostHeader: false,
    // Who offers HTTP/2 (`Upgrade: h2c`) is answered in HTTP/1.1, RFC 9110, section 7.8.
    shouldUpgradeCallback: (request: IncomingMessage) =>
      request.headers.upgrade?.toLowerCase() === 'websocket',
  };
}

/**
 * Keeps every header of a request, of which Node drops those behind the 2,000th without a word: an `Origin` there would
 * count for nothing. The size of the head is their bound.
 */
export function keepAllHeaders(server: Server): void {
  server.maxHeadersCount = 0;
}
