/**
 * Upgrade requests that no well-made client sends, one a row: the request, byte for byte, and the status that answers
 * it. 101 means that the WebSocket opens and works, whatever was tried.
 */
import { upTo } from '../support/wire-client.ts';

/** What is asked, the status that answers it, and the request's head. */
export type HandshakeCase = readonly [what: string, status: number, request: string];

/** An upgrade in which `changes` replace headers, add some, or leave some out (null). */
function upgrade(changes: Readonly<Record<string, string | null>> = {}, line = 'GET /ws HTTP/1.1'): string {
  const headers: Record<string, string | null> = {
    Host: 'chat.test',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...changes,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}\r\n`],
  );
  return `${line}\r\n${lines.join('')}\r\n`;
}

const key = (value: string | null): string => upgrade({ 'Sec-WebSocket-Key': value });
const version = (value: string | null): string => upgrade({ 'Sec-WebSocket-Version': value });
const extensions = (value: string): string => upgrade({ 'Sec-WebSocket-Extensions': value });
const protocols = (value: string): string => upgrade({ 'Sec-WebSocket-Protocol': value });
const at = (target: string): string => upgrade({}, `GET ${target} HTTP/1.1`);
const from = (Origin: string, more: Readonly<Record<string, string>> = {}): string =>
  upgrade({ Origin, ...more });

export const HANDSHAKES: readonly HandshakeCase[] = [
  ['nothing odd', 101, upgrade()],
  ['no key', 400, key(null)],
  ['an empty key', 400, key('')],
  ['a key of 15 bytes', 400, key('dGhlIHNhbXBsZSBub25j')],
  ['a key that is no Base64', 400, key('dGhlIHNhbXBsZSBub25j!!==')],
  ['two keys', 400, key('dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')],
  ['a key of 8,000 characters', 400, key('x'.repeat(8_000))],
  ['no version', 400, version(null)],
  ['version 8, which had its own name for Origin', 400, version('8')],
  ['version 14', 400, version('14')],
  ['version 13.0', 400, version('13.0')],
  ['version 0xd', 400, version('0xd')],
  ['versions 13 and 8', 400, version('13, 8')],
  ['POST', 405, upgrade({ 'Content-Length': '0' }, 'POST /ws HTTP/1.1')],
  ['no Host', 400, upgrade({ Host: null })],
  ['two Hosts', 400, upgrade({ Host: 'chat.test\r\nHost: evil.test' })],

  ['compression', 101, extensions('permessage-deflate; client_max_window_bits')],
  ['compression with windows of 99 bits', 101, extensions('permessage-deflate; server_max_window_bits=99')],
  [
    'compression 500 times',
    101,
    extensions(
      upTo(500)
        .map(() => 'permessage-deflate')
        .join(','),
    ),
  ],
  ['an extension called __proto__', 101, extensions('__proto__; constructor=1')],
  ['an extension header of commas', 101, extensions(','.repeat(5_000))],
  ['an extension with a quote that never ends', 101, extensions(`x; y="${'\\'.repeat(5_000)}`)],
  ['an extension header of bytes over 127', 101, extensions('\u00ff\u00fe')],
  ['a protocol', 101, protocols('chat')],
  ['a protocol called __proto__', 101, protocols('__proto__')],
  ['1,000 protocols', 101, protocols(upTo(1_000).join(','))],
  ['a protocol twice', 400, protocols('chat, chat')],
  ['an empty protocol', 400, protocols('')],
  ['a protocol of bytes over 127', 400, protocols('\u00ff')],
  ['a protocol with a quote', 400, protocols('"chat"')],

  ['another path', 404, at('/wss')],
  ['a path in capitals', 404, at('/WS')],
  ['a way up', 404, at('/nowhere/../ws')],
  ['an encoded way up', 404, at('/nowhere/%2e%2e/ws')],
  ['a path of this page behind a host', 404, at('//evil.test/ws')],
  ['two slashes', 404, at('//ws')],
  ['a backslash', 404, at('/\\evil.test/ws')],
  ['an encoded path', 404, at('/%77s')],
  ['the prefix of the API twice', 404, at('/api/api/ws')],
  ['a path that cannot be decoded', 404, at('/ws%ff')],
  ['a name of every object', 404, at('/__proto__')],
  ['absolute form', 101, at('http://chat.test/ws')],
  ['a query of nothing', 101, at('/ws?&&==&%ff')],
  ['a channel that can be none', 400, at('/ws?channelId=%00')],
  ['a channel called ..', 101, at('/ws?channelId=..')],
  ['two channels, the first of which can be none', 400, at('/ws?channelId=&channelId=general')],
  ['an empty token', 401, at('/ws?token=')],
  ['a token that is none', 401, at('/ws?token=__proto__')],
  ['two tokens', 401, at('/ws?token=a&token=b')],
  ['a token of 9,000 characters', 401, at(`/ws?token=${'x'.repeat(9_000)}`)],
  ['a bearer that is none', 401, upgrade({ Authorization: 'Bearer a.b.c' })],

  ['a page of another origin', 403, from('https://evil.test')],
  ['a page of no origin', 403, from('null')],
  ['an empty Origin', 403, from('')],
  ['an Origin with the host as its user', 403, from('http://chat.test@evil.test')],
  ['an Origin that begins like the host', 403, from('http://chat.test.evil.test')],
  ['an Origin that ends like the host', 403, from('http://evilchat.test')],
  ['another port of the host', 403, from('http://chat.test:81')],
  ['two Origins', 403, from('http://chat.test, https://evil.test')],
  [
    'another origin with X-Forwarded-Host',
    403,
    from('https://evil.test', { 'X-Forwarded-Host': 'evil.test' }),
  ],
  [
    'another origin as Sec-WebSocket-Origin, too',
    403,
    from('https://evil.test', { 'Sec-WebSocket-Origin': 'http://chat.test' }),
  ],
  [
    'another origin behind 2,000 headers',
    403,
    `${upgrade().slice(0, -2)}${'a:\r\n'.repeat(2_000)}Origin: https://evil.test\r\n\r\n`,
  ],
  ['the own origin', 101, from('http://chat.test')],

  ['2,000 headers', 101, `${upgrade().slice(0, -2)}${'a:\r\n'.repeat(2_000)}\r\n`],
  ['a head over 16 KiB', 431, upgrade({ X: 'x'.repeat(17_000) })],
  ['HTTP/1.0', 400, upgrade({}, 'GET /ws HTTP/1.0')],
];
