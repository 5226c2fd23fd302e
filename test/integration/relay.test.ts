/** Plain HTTP through a gateway: the same answers as without one, and what only a relay can do wrong. */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  request,
  type RequestOptions,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { compressedForms } from '../../scripts/compressed-forms.mjs';
import type { HttpDeps } from '../../src/admin/http-server.ts';
import { relayedPeer } from '../../src/admin/relay/relayed-headers.ts';
import { exchange, parseAnswer } from '../support/exchange.ts';
import { testHttp, type TestHttpOptions } from '../support/http.ts';
import { answerBehind, type TestRelay, testRelay, type TestRelayOptions } from '../support/relayed-http.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The application twice: by itself, and behind a relay. */
async function both(options: TestHttpOptions = {}) {
  const direct = await testHttp(options);
  closing.push(() => direct.app.close());
  await direct.app.listen({ port: 0, host: '127.0.0.1' });
  const relay = await relayed({});
  const clientAddress: HttpDeps['clientAddress'] = ({ raw }) => relayedPeer(raw) ?? 'nobody';
  const behind = await testHttp({ clientAddress, ...options });
  closing.push(() => behind.app.close());
  await answerBehind(relay, behind.app);
  return { direct: (direct.app.server.address() as AddressInfo).port, relayed: relay.port };
}

async function relayed(options: TestRelayOptions): Promise<TestRelay> {
  const relay = await testRelay(options);
  closing.push(() => relay.close());
  return relay;
}

/** A relay in front of a main that does as the test says. */
async function inFrontOf(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  options: TestRelayOptions = {},
): Promise<{ readonly relay: TestRelay; readonly main: Server }> {
  const relay = await relayed(options);
  const main = createServer(answer).listen(relay.socketPath);
  closing.push(() => {
    main.closeAllConnections();
    main.close();
  });
  await once(main, 'listening');
  return { relay, main };
}

/** An answer without what differs from one to the next. */
function comparable(answer: string): unknown {
  const { status, headers, body } = parseAnswer(answer);
  const others = Object.entries(headers).filter(([name]) => name !== 'date' && name !== 'x-request-id');
  const unlike = /[\da-f]{8}-[\da-f]{4}-[\da-f-]{22}|(?<=Date: ).*/g;
  return { status, headers: Object.fromEntries(others), body: body.replaceAll(unlike, '…') };
}

const lines = (...all: string[]): string => `${all.join('\r\n')}\r\n\r\n`;
const post = (path: string, body: string, ...headers: string[]): string =>
  lines(
    `POST ${path} HTTP/1.1`,
    'Host: x',
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
  ) + body;
const JSON_TYPE = 'Content-Type: application/json';
const REGISTER = JSON.stringify({ username: 'Ada', password: 'correct horse' });
const chunked = (...chunks: string[]): string =>
  `${chunks.map((chunk) => `${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`;

/** Requests byte by byte; each ends its connection. */
const REQUESTS: Readonly<Record<string, string>> = {
  'a simple one': lines('GET /health HTTP/1.1', 'Host: x', 'Connection: close'),
  'one of HTTP/0.9': 'GET /health\r\n\r\n',
  'one of HTTP/1.0': lines('GET /health HTTP/1.0'),
  'one of HTTP/1.0 with a host': lines('GET /discovery HTTP/1.0', 'Host: chat.example:81'),
  'one without a host': lines('GET /health HTTP/1.1', 'Connection: close'),
  'one with two hosts': lines('GET /health HTTP/1.1', 'Host: a', 'Host: b', 'Connection: close'),
  'its address made of the host': lines('GET /discovery HTTP/1.1', 'Host: chat.example', 'Connection: close'),
  'an absolute address': lines('GET http://x/health HTTP/1.1', 'Host: x', 'Connection: close'),
  'another path': lines('GET /api/health HTTP/1.1', 'Host: x', 'Connection: close'),
  'a path that is nowhere': lines('GET /nowhere?token=x HTTP/1.1', 'Host: x', 'Connection: close'),
  'a path that can’t be decoded': lines('GET /%ff HTTP/1.1', 'Host: x', 'Connection: close'),
  'an endless address': lines(`GET /${'x'.repeat(9_000)} HTTP/1.1`, 'Host: x', 'Connection: close'),
  'an endless head': lines('GET /health HTTP/1.1', 'Host: x', `X: ${'x'.repeat(17_000)}`),
  HEAD: lines('HEAD /health HTTP/1.1', 'Host: x', 'Connection: close'),
  'HEAD of nothing': lines('HEAD /nowhere HTTP/1.1', 'Host: x', 'Connection: close'),
  OPTIONS: lines('OPTIONS /login HTTP/1.1', 'Host: x', 'Connection: close'),
  'OPTIONS of a page': lines('OPTIONS /login HTTP/1.1', 'Host: x', 'Origin: http://x', 'Connection: close'),
  'OPTIONS of everything': lines('OPTIONS * HTTP/1.1', 'Host: x', 'Connection: close'),
  'a page of another origin': lines(
    'GET /health HTTP/1.1',
    'Host: x',
    'Origin: http://elsewhere.example',
    'Connection: close',
  ),
  'a method that is none here': lines('PUT /login HTTP/1.1', 'Host: x', 'Connection: close'),
  'a method of others': lines('PROPFIND /login HTTP/1.1', 'Host: x', 'Connection: close'),
  'an offer of HTTP/2': lines(
    'GET /health HTTP/1.1',
    'Host: x',
    'Connection: Upgrade, close',
    'Upgrade: h2c',
  ),
  'no token': lines('GET /channels HTTP/1.1', 'Host: x', 'Connection: close'),
  'a good body': post('/register', REGISTER, JSON_TYPE),
  'a body in chunks': `${lines('POST /login HTTP/1.1', 'Host: x', 'Connection: close', JSON_TYPE, 'Transfer-Encoding: chunked')}${chunked('{"username":', '"Bob","password":"correct horse"}')}`,
  'a body with GET': `${lines('GET /health HTTP/1.1', 'Host: x', 'Connection: close', 'Content-Length: 3')}abc`,
  'no body': lines('POST /login HTTP/1.1', 'Host: x', 'Connection: close', JSON_TYPE),
  'no body and no type': lines('POST /login HTTP/1.1', 'Host: x', 'Connection: close'),
  'another type': post('/login', REGISTER, 'Content-Type: text/plain'),
  'another type, and much of it': post('/login', 'x'.repeat(3_000_000), 'Content-Type: text/plain'),
  'no JSON': post('/login', '{"username":', JSON_TYPE),
  'not UTF-8 in a header': post('/login', '{}', 'Content-Type: ÿ/ÿ'),
  'a coding': post('/login', REGISTER, JSON_TYPE, 'Content-Encoding: gzip'),
  'a body that is too large': post('/login', `"${'x'.repeat(70_000)}"`, JSON_TYPE),
  'a body that is too large, and never comes': lines(
    'POST /login HTTP/1.1',
    'Host: x',
    JSON_TYPE,
    'Content-Length: 65537',
  ),
  'chunks of another type that never come': lines(
    'POST /login HTTP/1.1',
    'Host: x',
    'Content-Type: text/plain',
    'Transfer-Encoding: chunked',
  ),
  'a body that is much too large': post('/login', `"${'x'.repeat(3_000_000)}"`, JSON_TYPE),
  'chunks that are too large': `${lines('POST /login HTTP/1.1', 'Host: x', JSON_TYPE, 'Transfer-Encoding: chunked')}${chunked('x'.repeat(60_000), 'x'.repeat(60_000))}`,
  'a length and chunks': `${lines('POST /login HTTP/1.1', 'Host: x', 'Content-Length: 5', 'Transfer-Encoding: chunked')}${chunked('x')}`,
  'a length that is none': lines('POST /login HTTP/1.1', 'Host: x', 'Content-Length: -1'),
  'Expect: 100-continue': post('/login', REGISTER, JSON_TYPE, 'Expect: 100-continue'),
  'another Expect': post('/login', REGISTER, JSON_TYPE, 'Expect: 200-ok'),
  'no HTTP': 'hello\r\n\r\n',
  'a header that is none': lines('GET /health HTTP/1.1', 'Host: x', 'a b: c'),
  'a header that Connection names': lines(
    'GET /discovery HTTP/1.1',
    'Host: x',
    'Connection: close, Host, Authorization',
    'Authorization: Bearer x',
  ),
};

describe('through a gateway', () => {
  it.each(Object.entries(REQUESTS))('[GATE-4] %s is answered as without one', async (_name, bytes) => {
    const ports = await both();
    const [direct, through] = await Promise.all([
      exchange(ports.direct, Buffer.from(bytes, 'latin1')),
      exchange(ports.relayed, Buffer.from(bytes, 'latin1')),
    ]);
    expect(comparable(through)).toEqual(comparable(direct));
  });
});

describe('files through a gateway', () => {
  it('[GATE-4] [HTTP-20] the page, its files and the client come as without one, compressed and cached alike', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hubbub-files-'));
    closing.push(() => rm(folder, { recursive: true }));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>Hubbub</title>');
    await writeFile(join(folder, 'assets', 'page-abc123.js'), `export default ${'1 + '.repeat(500_000)}1;`);
    const client = Buffer.from(`export const text = ${JSON.stringify('hi '.repeat(900))};`);
    await writeFile(join(folder, 'client.js'), client);
    for (const [end, bytes] of Object.entries(compressedForms('client.js', client))) {
      await writeFile(join(folder, `client.js${end}`), bytes);
    }
    const ports = await both({
      client: { directory: folder },
      page: { directory: folder },
    });
    for (const path of ['/', '/assets/page-abc123.js', '/client.js', '/assets/none.js']) {
      for (const headers of [{}, { 'accept-encoding': 'gzip' }]) {
        const [direct, through] = await Promise.all(
          [ports.direct, ports.relayed].map(async (port) => {
            const answer = await ask(port, { path, headers });
            const again = { ...headers, 'if-none-match': answer.headers.etag ?? 'none' };
            const [body, unchanged] = [await bytesOf(answer), await ask(port, { path, headers: again })];
            const { headers: told } = answer;
            const others = Object.entries(told)
              .filter(([name]) => name !== 'date' && name !== 'x-request-id')
              // The page may open sockets to where it came from.
              .map(([name, value]) => [name, String(value).replaceAll(`:${port}`, ':port')]);
            const text =
              body.length < 1_000 ? body.toString().replace(/"request_id":"[^"]*"/, '') : body.length;
            return [answer.statusCode, others, text, unchanged.statusCode, (await bytesOf(unchanged)).length];
          }),
        );
        expect(through).toEqual(direct);
      }
    }
  });
});

/** A request by Node's client, its answer not yet read. */
function ask(port: number, options: RequestOptions, body?: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', ...options }, resolve)
      .on('error', reject)
      .end(body);
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk as string;
  return text;
}

async function bytesOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('the relay', () => {
  it('[GATE-4] an answer that offers a change of protocol says so to the client', async () => {
    const ports = await both();
    for (const port of [ports.direct, ports.relayed]) {
      const answer = await ask(port, { path: '/ws' });
      const { connection, upgrade } = answer.headers;
      expect([answer.statusCode, connection, upgrade]).toEqual([426, 'Upgrade', 'websocket']);
      await textOf(answer);
    }
  });

  it('[GATE-5] main is told the address that the gateway saw, whatever clients call themselves', async () => {
    const { relay } = await inFrontOf((asked, response) => {
      response.end(JSON.stringify([relayedPeer(asked), asked.rawHeaders.join('|').toLowerCase()]));
    });
    for (const headers of [
      {},
      { 'X-Hubbub-Peer': '192.0.2.1' },
      { 'x-hubbub-peer': ['192.0.2.1', '192.0.2.2'] },
      { 'X-HUBBUB-PEER': '', Connection: 'X-Hubbub-Peer' },
      { 'X-Hubbub-Connection': 'close' },
    ]) {
      const answer = await ask(relay.port, { headers });
      const [peer, raw] = JSON.parse(await textOf(answer)) as [string, string];
      expect(peer).toBe('127.0.0.1');
      expect(raw.split('x-hubbub-peer')).toHaveLength(2);
      expect(raw).not.toContain('x-hubbub-connection');
    }
  });

  it('[GATE-5] what proxies of ours added stays, also where Connection names it', async () => {
    const { relay } = await inFrontOf((asked, response) => {
      response.end(JSON.stringify(asked.headers));
    });
    const headers = {
      ...{ Connection: 'X-Forwarded-For, close', 'X-Forwarded-For': '192.0.2.1, 192.0.2.2' },
      ...{ 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'chat.example', Te: 'trailers' },
    };
    const heard = JSON.parse(await textOf(await ask(relay.port, { headers }))) as Record<string, string>;
    expect(heard).toMatchObject({
      'x-forwarded-for': '192.0.2.1, 192.0.2.2',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'chat.example',
    });
    expect(heard).not.toHaveProperty('te');
  });

  it('[GATE-4] bodies pass as they come, both ways, and cookies stay apart', async () => {
    const { relay } = await inFrontOf((asked, response) => {
      response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'], 'x-long': 'y' });
      asked.on('data', (chunk: Buffer) => response.write(`<${chunk.toString()}>`));
      asked.on('end', () => response.end('.'));
    });
    const asking = request({ port: relay.port, host: '127.0.0.1', method: 'POST' });
    asking.flushHeaders();
    asking.write('one');
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    const next = async () => String(((await once(answer, 'data')) as [Buffer])[0]);
    // Each is there before the next one is sent.
    expect(await next()).toBe('<one>');
    asking.write('two');
    expect(await next()).toBe('<two>');
    asking.end();
    expect(await textOf(answer)).toBe('.');
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  it('[GATE-4] a large answer is read from main no faster than the client takes it', async () => {
    const size = 64 * 1024 * 1024;
    let sent = 0;
    const { relay } = await inFrontOf((_asked, response) => {
      const chunk = Buffer.alloc(64 * 1024, 'x');
      const go = (): void => {
        while (sent < size) {
          sent += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', go);
            return;
          }
        }
        response.end();
      };
      go();
    });
    const answer = await ask(relay.port, {});
    answer.pause();
    let before = -1;
    // What the buffers on the way hold has come; then nothing moves.
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(sent).toBeLessThan(size / 2);
    let received = 0;
    for await (const chunk of answer) received += (chunk as Buffer).length;
    expect([received, sent]).toEqual([size, size]);
  });

  it('[GATE-6] while main does not answer, clients get a problem document that says to come again', async () => {
    const away = await relayed({});
    const slow = await inFrontOf(() => undefined, { patienceMs: 50 });
    const broken = await inFrontOf((asked) => asked.socket.destroy());
    for (const { port, complaints } of [away, slow.relay, broken.relay]) {
      for (const options of [{}, { method: 'POST', headers: { 'content-length': '3' } }]) {
        const answer = await ask(port, options, options.method === undefined ? undefined : 'abc');
        expect(answer.headers).toMatchObject({
          'content-type': 'application/problem+json; charset=utf-8',
          'retry-after': '1',
          'x-content-type-options': 'nosniff',
        });
        const problem = JSON.parse(await textOf(answer)) as Record<string, unknown>;
        expect(problem).toMatchObject({ status: 503, code: 'unavailable' });
        expect(problem['request_id']).toBe(answer.headers['x-request-id']);
      }
      expect(complaints).toHaveLength(2);
    }
  });

  it('[GATE-6] an answer that breaks off is not passed on as a whole one', async () => {
    const { relay } = await inFrontOf((_asked, response) => {
      response.write('half');
      setImmediate(() => response.destroy());
    });
    const answer = await ask(relay.port, {});
    await expect(textOf(answer)).rejects.toThrow('aborted');
    expect(relay.complaints).toEqual([]);
  });

  it('[GATE-6] main hears when the client goes, before and during the answer', async () => {
    const heard: string[] = [];
    let told: () => void = () => undefined;
    const { relay } = await inFrontOf((asked, response) => {
      heard.push('asked');
      if (asked.url === '/answered') response.write('half');
      response.on('close', () => {
        heard.push('gone');
        told();
      });
    });
    for (const path of ['/waiting', '/answered']) {
      const gone = new Promise<void>((resolve) => (told = resolve));
      const asking = request({ port: relay.port, host: '127.0.0.1', path });
      asking.on('error', () => undefined);
      asking.end();
      if (path === '/answered') await once(asking, 'response');
      else while (heard.at(-1) !== 'asked') await new Promise((resolve) => setImmediate(resolve));
      asking.destroy();
      await gone;
    }
    expect(heard).toEqual(['asked', 'gone', 'asked', 'gone']);
    expect(relay.complaints).toEqual([]);
  });

  it('[GATE-4] requests share a few connections to main, also those that follow a refused body', async () => {
    const { relay, main } = await inFrontOf((asked, response) => {
      if (asked.method === 'POST') response.writeHead(413, { 'x-hubbub-connection': 'close' });
      response.end('answer');
    });
    let connections = 0;
    main.on('connection', () => (connections += 1));
    for (let n = 0; n < 20; n += 1) expect(await textOf(await ask(relay.port, {}))).toBe('answer');
    expect(connections).toBe(1);
    const large = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n${'x'.repeat(900_000)}`;
    const { status, headers } = parseAnswer(await exchange(relay.port, large));
    expect([status, headers['connection'], headers['x-hubbub-connection']]).toEqual([
      413,
      'close',
      undefined,
    ]);
    expect(await textOf(await ask(relay.port, {}))).toBe('answer');
  });

  it('[GATE-4] answers to requests in a row come in the order of these', async () => {
    const waiting: (() => void)[] = [];
    const { relay } = await inFrontOf((asked, response) => {
      waiting.push(() => response.end(asked.url));
      // The later one is answered first.
      if (waiting.length === 2) for (const answer of waiting.reverse()) answer();
    });
    const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
    const answers = await exchange(relay.port, get('/first') + get('/second', 'Connection: close\r\n'));
    expect(answers.match(/\/first|\/second/g)).toEqual(['/first', '/second']);
  });

  it.each([
    ['head', 'POST /login HTTP/1.1\r\nHost: x\r\n'],
    ['body', 'POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{'],
    ['body in chunks', 'POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n'],
  ])(
    '[GATE-4] [HTTP-28] a %s that does not come in time is 408, and main hears of the end',
    async (what, bytes) => {
      let gone = what === 'head';
      const { relay } = await inFrontOf(
        (asked, response) => {
          asked.resume();
          response.on('close', () => (gone = true));
        },
        { timeouts: { head: 100, request: 100, check: 20 } },
      );
      const { status, headers, body } = parseAnswer(await exchange(relay.port, bytes));
      expect([status, headers['connection']]).toEqual([408, 'close']);
      expect(JSON.parse(body)).toMatchObject({ status: 408, code: 'bad_request' });
      while (!gone) await new Promise((resolve) => setImmediate(resolve));
      expect(relay.complaints).toEqual([]);
    },
  );

  it('[GATE-5] the private socket is in a folder that nobody else can enter', async () => {
    const { relay } = await inFrontOf((_asked, response) => response.end());
    const { mode, uid } = await stat(dirname(relay.socketPath));
    expect([mode & 0o777, uid]).toEqual([0o700, process.getuid?.()]);
  });
});
