import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { isJsonType } from '../../src/admin/json-body.ts';
import type { DescribedOperation } from '../support/described-operations.ts';
import { descriptionOf, filledPath, operationsOf } from '../support/described-operations.ts';
import { exchange, parseAnswer } from '../support/exchange.ts';
import type { TestHttp, TestHttpOptions } from '../support/http.ts';
import { testHttp } from '../support/http.ts';

let open: TestHttp | undefined;
const start = async (options?: TestHttpOptions) => (open = await testHttp(options));
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});
const listen = async (options?: TestHttpOptions) => {
  const http = await start(options);
  await http.app.listen({ port: 0, host: '127.0.0.1' });
  return { ...http, port: (http.app.server.address() as AddressInfo).port };
};

/** Operations that take a body; not those of programs, who come with keys and are refused here before anything is looked at. */
const writing = async ({ app }: TestHttp): Promise<DescribedOperation[]> =>
  operationsOf(await descriptionOf(app)).filter(
    ({ path, operation }) => operation.requestBody !== undefined && !path.startsWith('/server/'),
  );

const TAKEN = [
  'application/json',
  'Application/JSON; charset=UTF-8',
  'application/json;charset=utf8',
  'application/json; charset="utf-8"',
  'application/json ;\tCharset=UTF-8',
  'application/json; profile="a;b"; charset=utf-8',
  'application/json;',
];
const REFUSED = [
  'application/json;charset=latin1',
  'application/json; charset=utf-16',
  'application/json; charset="iso-8859-1"',
  'application/json; charset=utf-8; charset=latin1',
  'application/json; charset="utf-8',
  'application/json; charset=',
  'application/json, application/json',
  'application/jsonp',
  'application/json/x',
  'text/json',
  'text/plain',
  'application/problem+json',
  'application/merge-patch+json',
  'application/vnd.api+json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/*',
  '*/*',
  'json',
  '/',
  ';',
  'undefined',
  '__proto__',
  'ÿ/ÿ',
  'application/json\u00a0',
  'application/json; =',
  'x'.repeat(4_000),
];

describe('content types', () => {
  it('[HTTP-27] of JSON in UTF-8 are taken in every spelling, on every writing route', async () => {
    const http = await start();
    const token = await http.bearer('ada', 'admin');
    for (const { method, path } of await writing(http)) {
      for (const type of TAKEN) {
        // Too deep a thing for any schema, so that the type is looked at and nothing is done.
        const headers = { ...token, 'content-type': type };
        const answer = await http.app.inject({ method, url: filledPath(path), headers, payload: '[[]]' });
        expect([method, path, type, [400, 403].includes(answer.statusCode)]).toEqual([
          method,
          path,
          type,
          true,
        ]);
      }
    }
  });

  it('[HTTP-27] of anything else are 415, on every writing route', async () => {
    const http = await start();
    const token = await http.bearer('ada', 'admin');
    const routes = await writing(http);
    expect(routes.length).toBeGreaterThan(5);
    for (const { method, path } of routes) {
      for (const type of [...REFUSED, '', undefined]) {
        const answer = await http.app.inject({
          ...{ method, url: filledPath(path), payload: '{}' },
          headers: type === undefined ? token : { ...token, 'content-type': type },
        });
        expect([method, path, type, answer.statusCode]).toEqual([method, path, type, 415]);
        expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      }
    }
  });

  it('[HTTP-27] that stand twice, and coded bodies, are 415, and the rest is not read', async () => {
    const { port } = await listen();
    for (const fields of [
      'Content-Type: application/json\r\nContent-Type: text/plain\r\n',
      'Content-Type: application/json\r\nContent-Type: application/json\r\n',
      'Content-Type: application/json\r\nContent-Encoding: gzip\r\n',
    ]) {
      // Of what was announced nothing comes.
      const answer = await exchange(
        port,
        `POST /login HTTP/1.1\r\nHost: x\r\n${fields}Content-Length: 9\r\n\r\n`,
      );
      expect(parseAnswer(answer)).toMatchObject({ status: 415, headers: { connection: 'close' } });
    }
  });

  it('[HTTP-27] do not matter where nothing is sent, or nothing is there', async () => {
    const { app } = await start();
    const headers = { 'content-type': 'garbage' };
    expect((await app.inject({ url: '/health', headers })).statusCode).toBe(200);
    expect((await app.inject({ method: 'POST', url: '/nowhere', headers, payload: 'x' })).statusCode).toBe(
      404,
    );
    expect((await app.inject({ method: 'PUT', url: '/login', headers, payload: 'x' })).statusCode).toBe(405);
  });

  it('[HTTP-27] are read in a time that does not explode with their length', () => {
    const hostile = [
      `application/json${' '.repeat(16_000)}x`,
      `application/json${';'.repeat(16_000)}x`,
      `application/json${'; '.repeat(8_000)}x`,
      `application/json; a="${'\\"'.repeat(8_000)}`,
      `application/json${';a=b'.repeat(4_000)} x`,
    ];
    for (const type of hostile) expect(isJsonType(type)).toBe(false);
  });
});

describe('bodies', () => {
  it.each([
    ['Latin-1', Buffer.from('{"username":"Zo\u00eb","password":"12345678"}', 'latin1')],
    ['UTF-16', Buffer.from('{"username":"ada","password":"12345678"}', 'utf16le')],
    ['a surrogate in three bytes', Buffer.from('7b2261223a22eda080227d', 'hex')],
    ['too long a form', Buffer.from('7b2261223a22c0af227d', 'hex')],
  ])('[HTTP-27] in %s are 400 and never read as something else', async (_what, payload) => {
    const { app, accountStore } = await start();
    const headers = { 'content-type': 'application/json' };
    const answer = await app.inject({ method: 'POST', url: '/register', headers, payload });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'bad_request']);
    expect(await accountStore.findByName('ada')).toEqual({ ok: true, value: null });
  });

  it('[HTTP-27] in UTF-8 are taken with a byte order mark, too', async () => {
    const { app } = await start();
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const payload = Buffer.from('\ufeff{"username":"Zo\u00eb","password":"12345678"}', 'utf8');
    const answer = await app.inject({ method: 'POST', url: '/register', headers, payload });
    expect([answer.statusCode, answer.json<{ user: { name: string } }>().user.name]).toEqual([201, 'Zoë']);
  });

  it.each([
    ['head', 'POST /login HTTP/1.1\r\nHost: x\r\n'],
    [
      'body',
      'POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    ],
    [
      'body in chunks',
      'POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n',
    ],
  ])('[HTTP-28] a %s that does not come in time is 408, and the connection closed', async (_what, bytes) => {
    const { port } = await listen({ timeouts: { head: 100, request: 100, check: 20 } });
    const { status, headers, body } = parseAnswer(await exchange(port, bytes));
    expect([status, headers['connection']]).toEqual([408, 'close']);
    expect(JSON.parse(body)).toMatchObject({ status: 408, title: 'Request Timeout', code: 'bad_request' });
  });

  it('[HTTP-28] the time is 15 s, 10 of them for the head', async () => {
    const { app } = await start();
    await app.ready();
    expect([app.server.headersTimeout, app.server.requestTimeout]).toEqual([10_000, 15_000]);
  });

  it('[HTTP-14] that are larger than announced bounds are 413 without being read to the end', async () => {
    const { port } = await listen();
    const head = 'POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    const announced = await exchange(port, `${head}Content-Length: 9999999\r\n\r\n`);
    expect(parseAnswer(announced)).toMatchObject({ status: 413, headers: { connection: 'close' } });
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const chunked = await exchange(port, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}1\r\nx\r\n`);
    expect(parseAnswer(chunked).status).toBe(413);
  });
});

// What is refused is in test/hostile/requests.ts.
describe('what is barely HTTP', () => {
  const close = 'Connection: close\r\n';

  it.each([
    ['HTTP/1.0', 'GET /health HTTP/1.0\r\n\r\n'],
    ['absolute form', `GET http://chat.example/health HTTP/1.1\r\nHost: chat.example\r\n${close}\r\n`],
    ['absolute form under /api', `GET http://x/api/health HTTP/1.1\r\nHost: x\r\n${close}\r\n`],
    ['a fragment', `GET /health#x HTTP/1.1\r\nHost: x\r\n${close}\r\n`],
  ])('[HTTP-29] in %s is understood', async (_what, bytes) => {
    const { port } = await listen();
    expect(parseAnswer(await exchange(port, bytes))).toMatchObject({ status: 200, body: 'OK' });
  });

  it('[HTTP-29] a client that expects 100-continue is told to go on', async () => {
    const { port } = await listen();
    const socket = connect(port, '127.0.0.1');
    const heard = await new Promise<string>((resolve, reject) => {
      let text = '';
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
      socket.on('data', (chunk) => {
        text += chunk.toString();
        if (text === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write('{}');
      });
      socket.write(
        `POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n${close}Content-Length: 2\r\n\r\n`,
      );
    });
    expect(heard).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 400 /);
  });
});
