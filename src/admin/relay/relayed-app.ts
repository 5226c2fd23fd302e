/** Main's end of the relay: how requests that come over the private socket are answered. */
import type { App } from '../app.ts';
import { HTTP_TIMEOUTS, type HttpTimeouts } from '../http-bounds.ts';
import { CLIENT_CONNECTION } from './relayed-headers.ts';

/** Gateways hold clients to their times; main waits a little longer, so that only one of the two is in time. */
export const RELAYED_TIMEOUTS: HttpTimeouts = { ...HTTP_TIMEOUTS, request: 2 * HTTP_TIMEOUTS.request };

/**
 * Lets gateways close the connections that are to be closed after an answer. Were main to close its own, what the client
 * is still sending could break it before the answer is read.
 */
export function leaveClosingToGateways(app: App): void {
  app.addHook('onSend', async (_request, reply) => {
    if (reply.getHeader('connection') !== 'close') return;
    reply.removeHeader('connection');
    reply.header(CLIENT_CONNECTION, 'close');
  });
}
