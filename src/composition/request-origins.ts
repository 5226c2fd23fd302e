/** Where requests come from and which address they came to, as the settings let one believe it. */
import type { IncomingMessage } from 'node:http';
import { addressSet } from '../auth/address-range.ts';
import { clientAddress } from '../auth/client-address.ts';
import { originAllowed } from '../auth/origin.ts';
import { type ReachedAt, reachedAt } from '../auth/reached-at.ts';
import type { Config } from '../config.ts';

/** Reads requests. */
export interface RequestOrigins {
  /** The client's address, behind trusted proxies too. */
  clientAddress(request: IncomingMessage): string;
  /** Under which address the client reached this server, behind trusted proxies too. */
  reachedAt(request: IncomingMessage): ReachedAt;
  /** Whether pages of the request's origin may talk to this server. */
  isAllowed(request: IncomingMessage): boolean;
}

/** `peer` tells the address at the other end of the connection. */
export function requestOrigins(
  config: Pick<Config, 'trustProxy' | 'allowedOrigins'>,
  peer: (request: IncomingMessage) => string | undefined,
): RequestOrigins {
  const trusted = addressSet(config.trustProxy);
  const reached = (request: IncomingMessage): ReachedAt => reachedAt(peer(request), request.headers, trusted);
  return {
    clientAddress: (request) => clientAddress(peer(request), request.headers['x-forwarded-for'], trusted),
    reachedAt: reached,
    isAllowed: (request) =>
      originAllowed(request.headers.origin, reached(request).host, config.allowedOrigins),
  };
}

/** The peer of a socket of this thread's own. */
export function socketPeer(request: IncomingMessage): string | undefined {
  return request.socket.remoteAddress;
}
