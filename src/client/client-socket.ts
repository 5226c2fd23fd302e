/** The WebSocket of the platform, as far as the client uses it. */

/**
 * One socket. Browsers, Node and `ws` each have event classes of their own; `never` lets all of them fit, and the
 * client's handlers ask only for what they share.
 */
export interface ClientSocket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
}

/** Makes sockets: the global WebSocket, that of `ws`, or a test's. */
export type ClientSocketClass = new (url: string) => ClientSocket;

/** The WebSocket address of a server: http becomes ws, and an address without a path gets `/ws`. */
export function socketUrl(address: string): string {
  const url = new URL(address);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.pathname === '/') url.pathname = '/ws';
  url.hash = '';
  return url.href;
}

/** The platform's own class. Throws a TypeError where there is none (Node before 22). */
export function platformSocket(): ClientSocketClass {
  const { WebSocket: found } = globalThis as { readonly WebSocket?: ClientSocketClass };
  if (found === undefined) throw new TypeError('no global WebSocket: hand one in as option webSocket');
  return found;
}
