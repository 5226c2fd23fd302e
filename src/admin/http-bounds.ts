/** How long requests may take, and what else Node's HTTP servers are held to, here and at the gateways. */
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';

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

/** What Node's server has to be told once it is there. */
export function boundServer(server: Server): void {
  // Node drops headers behind the 2,000th without a word, an `Origin` among them. The size of the head is their bound.
  server.maxHeadersCount = 0;
  server.prependListener('request', closeBehindOffer);
}

/**
 * Of what came in one read with an offer to upgrade that is not taken, Node drops the rest. What comes next may begin in
 * the middle of a request, so nothing more is read.
 */
function closeBehindOffer({ headers, socket }: IncomingMessage, response: ServerResponse): void {
  if (headers.upgrade === undefined || !/\bupgrade\b/i.test(headers.connection ?? '')) return;
  response.shouldKeepAlive = false;
  response.once('finish', () => {
    socket.destroySoon();
  });
}
