/** Where clients reach this server. */
import type { ReachedAt } from '../auth/reached-at.ts';

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** The server's URL without a slash at its end: the public one, else as this client reached it, if that is a host. */
export function baseUrl({ secure, host }: ReachedAt, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl;
  return `${secure ? 'https' : 'http'}://${isHost(host) ? host : 'localhost'}`;
}

/** Whether a client's `Host` is one, perhaps with a port: then it has nothing in it that a header or a page could take for more. */
export function isHost(host: string | undefined): host is string {
  return host !== undefined && HOST.test(host);
}

/** The same for WebSockets. */
export function webSocketUrl(base: string): string {
  return base.replace(/^http/, 'ws');
}
