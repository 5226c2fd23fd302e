/**
 * HTTP that no well-made client sends, one a row: the bytes of a connection, and the status of each answer, in order.
 * None: the connection is closed without a word.
 */
import { upTo } from '../support/wire-client.ts';

/** What is sent, the statuses that answer it, and the bytes. */
export type RequestCase = readonly [what: string, statuses: readonly number[], bytes: string];

const CLOSE = 'Connection: close\r\n';

/** The last request of a connection; `fields` are lines of its head. */
const ask = (line: string, fields: readonly string[] = [], body = ''): string =>
  `${line} HTTP/1.1\r\nHost: chat.test\r\n${CLOSE}${fields.map((field) => `${field}\r\n`).join('')}\r\n${body}`;
const get = (target: string, ...fields: readonly string[]): string => ask(`GET ${target}`, fields);
/** JSON with its length, unless `fields` tell it otherwise. */
const post = (target: string, body: string, ...fields: readonly string[]): string =>
  ask(`POST ${target}`, ['Content-Type: application/json', ...fields], body);
const sized = (target: string, body: string, ...fields: readonly string[]): string =>
  post(target, body, `Content-Length: ${Buffer.byteLength(body)}`, ...fields);
/** A request after which the connection goes on. */
const HEALTH = 'GET /health HTTP/1.1\r\nHost: chat.test\r\n\r\n';
const upgrade = (target: string, ...fields: readonly string[]): string =>
  [
    `GET ${target} HTTP/1.1`,
    ...['Host: chat.test', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', ...fields, '', ''],
  ].join('\r\n');
const account = (username: string): string => JSON.stringify({ username, password: 'correct horse' });

const HEADS: readonly RequestCase[] = [
  ['no Host', [400], `GET /health HTTP/1.1\r\n${CLOSE}\r\n`],
  ['two Hosts', [400], get('/health', 'Host: chat.test')],
  ['a second Host behind 2,500 headers', [400], get('/health', ...upTo(2_500).map(() => 'a:'), 'Host: b')],
  ['2,500 headers', [200], get('/health', ...upTo(2_500).map(() => 'a:'))],
  ['500 headers of one name', [200], get('/health', ...upTo(500).map((n) => `X-Many: ${n}`))],
  ['a large head', [431], get('/health', `X: ${'y'.repeat(100_000)}`)],
  ['an endless address', [414], get(`/${'x'.repeat(9_000)}`)],
  ['an expectation', [417], sized('/login', '{}', 'Expect: miracles')],
  [
    'headers called like members of objects',
    [200],
    get('/health', '__proto__: x', 'constructor: x', 'toString: x'),
  ],
  ['a header without a name', [400], get('/health', ': x')],
  ['a header without a colon', [400], get('/health', 'x')],
  ['a space before the colon', [400], get('/health', 'X-A : x')],
  ['a header that goes on in the next line', [400], get('/health', ' folded: x')],
  ['U+0000 in a header', [400], get('/health', 'X: a\0b')],
  ['a carriage return in a header', [400], get('/health', 'X: a\rY: b')],
  ['a version that is none', [400], 'GET /health HTTP/9.9\r\nHost: x\r\n\r\n'],
  ['HTTP/2', [400], 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['HTTP/0.9', [200], 'GET /health\r\n\r\n'],
  ['TLS', [400], '\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n'],
  ['an unknown method', [405], ask('PURGE /health')],
  ['a method that is none', [400], ask('HELLO /health')],
  ['a method in small letters', [400], ask('get /health')],
  ['CONNECT', [], ask('CONNECT chat.test:80')],
  ['TRACE', [405], ask('TRACE /health')],
  ['another method by a header', [200], get('/health', 'X-HTTP-Method-Override: DELETE')],
  [
    'another address by a header',
    [200],
    get('/health', 'X-Original-URL: /metrics', 'X-Rewrite-URL: /metrics'),
  ],
];

const PATHS: readonly RequestCase[] = [
  ['asterisk form', [404], ask('OPTIONS *')],
  ['a path without a slash', [400], get('health')],
  ['absolute form', [200], get('http://chat.test/health')],
  ['absolute form with a user', [200], get('http://user:secret@chat.test/health')],
  ['absolute form of another scheme', [404], get('file:///etc/passwd')],
  ['an undecodable address', [400], get('/%ff')],
  ['half an escape', [400], get('/%')],
  ...[
    '/../../etc/passwd',
    '/..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%5c..%5cpackage.json',
    '/..\\..\\package.json',
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e%2f%2e%2e%2fpackage.json',
    '/docs/../package.json',
    '/docs/static/..%2f..%2fpackage.json',
    '/client.js/../../src/main.ts',
    '/client.js%00.html',
    '/.env',
    '/.git/config',
    '/package.json',
    '/src/main.ts',
    '//evil.test/',
    '//health',
    '/\\evil.test',
    '/health/',
    '/HEALTH',
    '/health%00',
    '/health%20',
    '/health;x=y',
    '/%2fhealth',
    '/api/api/health',
    '/api//health',
    '/api/../health',
    '/api/docs',
    '/__proto__',
    '/constructor',
    '/api/__proto__',
    '/toString',
  ].map((path): RequestCase => [`the path ${path}`, [404], get(path)]),
  ...['__proto__[admin]=1', 'constructor.prototype.admin=1', '%ff=%ff', '&&==&', '?'.repeat(2_000)].map(
    (query): RequestCase => [`the query ${query.slice(0, 40)}`, [200], get(`/health?${query}`)],
  ),
];

const BODIES: readonly RequestCase[] = [
  ['two lengths', [400], post('/login', '{}', 'Content-Length: 1', 'Content-Length: 2')],
  ['one length twice', [400], post('/login', '{}', 'Content-Length: 2', 'Content-Length: 2')],
  ['a list of lengths', [400], post('/login', '{}', 'Content-Length: 2, 2')],
  ['a length below zero', [400], post('/login', '{}', 'Content-Length: -2')],
  ['a length with a sign', [400], post('/login', '{}', 'Content-Length: +2')],
  ['a hexadecimal length', [400], post('/login', '{}', 'Content-Length: 0x2')],
  ['a length beyond 2^64', [400], post('/login', '{}', 'Content-Length: 99999999999999999999')],
  ['a length over the bound', [413], post('/login', '', 'Content-Length: 65537')],
  [
    'a length and chunks',
    [400],
    post('/login', '0\r\n\r\n', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
  ],
  ['chunked twice', [400], post('/login', '0\r\n\r\n', 'Transfer-Encoding: chunked, chunked')],
  ['a coding behind chunked', [400], post('/login', '0\r\n\r\n', 'Transfer-Encoding: chunked, identity')],
  ['a coding that is none', [400], post('/login', '0\r\n\r\n', 'Transfer-Encoding: xchunked')],
  ['a chunk of no length', [400], post('/login', 'x\r\n\r\n', 'Transfer-Encoding: chunked')],
  ['a chunk beyond 2^64', [400], post('/login', `${'f'.repeat(17)}\r\n`, 'Transfer-Encoding: chunked')],
  [
    'a chunk longer than it says',
    [400],
    post('/login', '1\r\n{}\r\n0\r\n\r\n', 'Transfer-Encoding: chunked'),
  ],
  [
    'endless extensions of a chunk',
    [413],
    post('/login', `1;${'x'.repeat(20_000)}`, 'Transfer-Encoding: chunked'),
  ],
  ['a body of 64 KiB and a byte', [413], sized('/login', `"${'x'.repeat(65_535)}"`)],
  [
    '64 KiB and a byte in chunks',
    [413],
    post('/login', `10001\r\n${'x'.repeat(65_537)}\r\n0\r\n\r\n`, 'Transfer-Encoding: chunked'),
  ],
  ['30,000 levels', [400], sized('/login', '['.repeat(30_000) + ']'.repeat(30_000))],
  ['own __proto__', [400], sized('/login', '{"__proto__":{"admin":true},"username":"a","password":"b"}')],
  [
    'own __proto__, escaped',
    [400],
    sized('/login', '{"__pr\\u006fto__":{"admin":true},"username":"a","password":"b"}'),
  ],
  [
    'own constructor.prototype',
    [400],
    sized('/login', '{"constructor":{"prototype":{}},"username":"a","password":"b"}'),
  ],
  ['an account called __proto__', [201], sized('/register', account('__proto__'))],
  ['a login as constructor', [401], sized('/login', account('constructor'))],
  [
    'an account by someone else’s page',
    [403],
    sized('/register', account('eve'), 'Origin: https://evil.test'),
  ],
  [
    'an account by a form of that page',
    [403],
    ask('POST /register', ['Origin: null', 'Content-Type: text/plain', 'Content-Length: 2'], '{}'),
  ],
];

const ORIGINS: readonly RequestCase[] = [
  ...[
    'https://evil.test',
    'null',
    '',
    'http://chat.test@evil.test',
    'http://chat.test.evil.test',
    'http://chat.test:81',
    'file://',
    'http://chat.test, https://evil.test',
  ].map((origin): RequestCase => [`a page of "${origin}"`, [403], get('/health', `Origin: ${origin}`)]),
  [
    'a page of another origin, behind 2,500 headers',
    [403],
    get('/health', ...upTo(2_500).map(() => 'a:'), 'Origin: https://evil.test'),
  ],
  [
    'a page of another origin, behind one’s own',
    [403],
    get('/health', 'Origin: http://evil.test', 'Origin: http://chat.test'),
  ],
  [
    'a page that a forged header calls the own',
    [403],
    get('/health', 'Origin: https://evil.test', 'X-Forwarded-Host: evil.test'),
  ],
  [
    'a page that the other one calls the own',
    [403],
    get('/health', 'Origin: https://evil.test', 'Forwarded: host=evil.test;proto=https'),
  ],
  [
    'its question whether it may',
    [403],
    ask('OPTIONS /login', ['Origin: https://evil.test', 'Access-Control-Request-Method: POST']),
  ],
  ...[
    'X-Forwarded-Host: evil.test',
    'X-Forwarded-Server: evil.test',
    'X-Host: evil.test',
    'Forwarded: host=evil.test',
    'X-Forwarded-Proto: evil.test',
    'X-Forwarded-Prefix: //evil.test',
    'X-Original-Host: evil.test',
  ].map((field): RequestCase => [`addresses by ${field}`, [200], get('/discovery', field)]),
];

const PIPELINES: readonly RequestCase[] = [
  ['a request before an upgrade', [200, 101], HEALTH + upgrade('/ws')],
  [
    'a slow request before an upgrade',
    [201, 101],
    sized('/register', account('slow')).replace(CLOSE, '') + upgrade('/ws'),
  ],
  ['a request behind an upgrade', [101], upgrade('/ws') + HEALTH],
  ['100 requests behind an upgrade', [101], upgrade('/ws') + HEALTH.repeat(100)],
  ['a request behind an upgrade that is refused', [404], upgrade('/nowhere') + HEALTH],
  ['a request behind one with a bad token', [401], upgrade('/ws?token=x') + HEALTH],
  [
    'an upgrade with a request as its body',
    [400],
    upgrade('/ws', `Content-Length: ${HEALTH.length}`) + HEALTH,
  ],
  [
    'an upgrade with a request in chunks',
    [400],
    `${upgrade('/ws', 'Transfer-Encoding: chunked')}0\r\n\r\n${HEALTH}`,
  ],
  ['an upgrade behind an upgrade', [101], upgrade('/ws') + upgrade('/ws')],
  [
    'an upgrade that Connection does not name',
    [426, 200],
    `${upgrade('/ws').replace('Connection: Upgrade', 'Connection: keep-alive')}${get('/health')}`,
  ],
  ['an upgrade to something else', [426], `${upgrade('/ws').replace('websocket', 'h2c')}${get('/health')}`],
  [
    'a request as the body of a GET',
    [200],
    `GET /health HTTP/1.1\r\nHost: x\r\n${CLOSE}Content-Length: ${HEALTH.length}\r\n\r\n${HEALTH}`,
  ],
  ['nonsense behind two requests', [200, 200, 400], `${HEALTH}${HEALTH}nonsense\r\n\r\n`],
  ['1,000 requests at once', upTo(1_001).map(() => 200), HEALTH.repeat(1_000) + get('/health')],
];

export const REQUESTS: readonly RequestCase[] = [...HEADS, ...PATHS, ...BODIES, ...ORIGINS, ...PIPELINES];
