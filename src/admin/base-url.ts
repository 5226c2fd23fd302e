/** Where clients reach this server. */
import type { FastifyRequest } from 'fastify';

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** The server's URL without a slash at its end: the public one, else by the request's `Host` if it is one. */
export function baseUrl(request: Pick<FastifyRequest, 'headers'>, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl;
  const { host } = request.headers;
  return `http://${host !== undefined && HOST.test(host) ? host : 'localhost'}`;
}

/** The same for WebSockets. */
export function webSocketUrl(base: string): string {
  return base.replace(/^http/, 'ws');
}
