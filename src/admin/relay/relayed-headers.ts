/**
 * Headers between a gateway thread and main. The two are one server to the outside: what a client sent comes to main as
 * if it had come there itself, with what only the gateway can know in headers that it writes and clients can't.
 */
import type { IncomingMessage } from 'node:http';

/** The address at the other end of the client's connection. */
const PEER = 'x-hubbub-peer';
/** `close`: main wants the client's connection closed after this answer; its own with the gateway goes on. */
export const CLIENT_CONNECTION = 'x-hubbub-connection';

/**
 * What belongs to one connection alone (RFC 9110, section 7.6.1) or is met by the gateway, and what only it may say.
 * What `Connection` names beside these stays: a client must not be able to take away what proxies of ours added.
 */
const OF_ONE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  PEER,
  CLIENT_CONNECTION,
]);
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

/** What main is sent for a client's request, names and values in turn. */
export function relayedRequestHeaders(request: IncomingMessage): string[] {
  const { headers, httpVersion, method = '', rawHeaders } = request;
  const relayed = [PEER, request.socket.remoteAddress ?? ''];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2);
    if (!OF_ONE_CONNECTION.has(name.toLowerCase())) relayed.push(name, value);
  }
  // Versions before may do without, and main is spoken to in HTTP/1.1, which may not (RFC 9112, section 3.2).
  if (httpVersion !== '1.1' && headers.host === undefined) relayed.push('Host', '');
  if (headers['transfer-encoding'] !== undefined) relayed.push('Transfer-Encoding', 'chunked');
  else if (headers['content-length'] === undefined && !WITHOUT_BODY.has(method)) {
    relayed.push('Content-Length', '0');
  }
  return relayed;
}

/** What the client is sent of main's answer, names and values in turn. */
export function relayedAnswerHeaders(answer: IncomingMessage): string[] {
  const { headers, rawHeaders } = answer;
  const relayed: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2);
    if (!OF_ONE_CONNECTION.has(name.toLowerCase())) relayed.push(name, value);
  }
  const { upgrade } = headers;
  if (headers[CLIENT_CONNECTION] === 'close' || headers.connection === 'close') {
    relayed.push('Connection', 'close');
  } else if (upgrade !== undefined) {
    // An answer that names what the client could change over to (426) is meant for the client.
    relayed.push('Connection', 'Upgrade', 'Upgrade', upgrade);
  }
  return relayed;
}

/**
 * The address that a gateway saw at the other end. Only for requests that came over the private socket: anyone can send
 * the header anywhere else.
 */
export function relayedPeer({ headers }: IncomingMessage): string | undefined {
  const peer = headers[PEER];
  return typeof peer === 'string' && peer !== '' ? peer : undefined;
}
