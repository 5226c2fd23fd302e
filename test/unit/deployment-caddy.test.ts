import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caddyPath, startCaddy, type RunningCaddy } from '../support/caddy.ts';
import { freePort } from '../support/server-process.ts';

/** Answers with what reached it; an upgrade is taken and echoed. */
function startUpstream(): Promise<Server> {
  const server = createServer((incoming, answer) => {
    if (incoming.url?.startsWith('/broken') === true) incoming.socket.destroy();
    answer.end(JSON.stringify({ url: incoming.url, headers: incoming.headers }));
  });
  server.on('upgrade', (incoming, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.write(JSON.stringify(incoming.headers));
    socket.pipe(socket);
  });
  return listening(server);
}

async function listening(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

describe('Caddyfile.prod, run by Caddy', () => {
  let upstream: Server;
  let keycloak: Server;
  let caddy: RunningCaddy | undefined;
  let port: number;

  beforeAll(async () => {
    upstream = await startUpstream();
    keycloak = await listening(createServer((_incoming, answer) => answer.end('Keycloak')));
    port = await freePort();
    // An http address as DOMAIN keeps it from asking for a certificate.
    caddy = await startCaddy('Caddyfile.prod', {
      DOMAIN: `http://127.0.0.1:${port}`,
      UPSTREAM: `127.0.0.1:${portOf(upstream)}`,
      KEYCLOAK: `127.0.0.1:${portOf(keycloak)}`,
    });
  });
  afterAll(async () => {
    await caddy?.stop();
    for (const server of [upstream, keycloak]) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
    const asked = request({ host: '127.0.0.1', port: port, path, headers, method, agent: false }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    let body = '';
    for await (const bytes of answer) body += String(bytes);
    return { status: answer.statusCode, body };
  }

  it('[OPS-27] passes HTTP through and replaces an invented X-Forwarded-For', async () => {
    const { status, body } = await get('/channels?limit=1', { 'x-forwarded-for': '203.0.113.7' });
    expect(status).toBe(200);
    const { url, headers } = JSON.parse(body);
    expect(url).toBe('/channels?limit=1');
    expect(headers['x-forwarded-for']).toBe('127.0.0.1');
    expect(headers.host).toBe(`127.0.0.1:${port}`);
  });

  it.each(['/metrics', '/metrics?a=b', '/metrics/', '/%6detrics', '/Metrics', '//metrics'])(
    '[OPS-27] %s is not public',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  it('[OPS-27] passes WebSocket upgrades through', async () => {
    const asked = request({
      host: '127.0.0.1',
      port: port,
      path: '/ws',
      headers: { connection: 'Upgrade', upgrade: 'websocket', origin: 'http://chat.example' },
    }).end();
    const [answer, socket, head] = await once(asked, 'upgrade');
    expect(answer.statusCode).toBe(101);
    let received = String(head);
    socket.write('ping-pong');
    for await (const bytes of socket) {
      received += String(bytes);
      if (received.endsWith('ping-pong')) break;
    }
    expect(received).toContain('"origin":"http://chat.example"');
  });

  it('[OPS-68] logs who asked for what, without tokens and codes', async () => {
    await get('/ws?token=hush-1&x=shown-1', { authorization: 'Bearer hush-2', cookie: 'a=hush-3' });
    await get('/?code=hush-4&state=shown-2', { referer: 'http://chat.example/?token=hush-5' });
    // What Hubbub doesn't answer is logged as an error, too.
    expect((await get('/broken?token=hush-6', {}, 'POST')).status).toBe(502);
    await expect.poll(() => caddy!.log()).toContain('shown-2');
    await expect.poll(() => caddy!.log()).toContain('http.log.error');
    expect(caddy!.log()).toContain('shown-1');
    expect(caddy!.log()).toContain('token=REDACTED');
    expect(caddy!.log()).not.toContain('hush');
  });

  it('[OPS-68] passes Keycloak’s realms on, but not its administrators’', async () => {
    const paths = [
      '/auth/realms/hubbub/account',
      '/auth/resources/x.js',
      '/auth/realms/master/x',
      '/auth/admin/',
    ];
    const answers = await Promise.all(paths.map((path) => get(path)));
    expect(answers.map(({ body }) => body === 'Keycloak')).toEqual([true, true, false, false]);
  });

  it('[OPS-68] keeps sockets open over a reload, where Caddy is new enough for that', async () => {
    const adapted = await adapt({}).catch(String);
    expect(JSON.stringify(adapted)).toMatch(
      /"stream_close_delay":43200000000000|unrecognized subdirective stream_close_delay/,
    );
  });
});

/** What Caddy makes of the file with these settings. */
async function adapt(env: Readonly<Record<string, string>>): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    await caddyPath(),
    [
      'adapt',
      '--config',
      new URL('../../Caddyfile.prod', import.meta.url).pathname,
      '--adapter',
      'caddyfile',
    ],
    { env: { DOMAIN: 'chat.example', UPSTREAM: '127.0.0.1:1', HOME: tmpdir(), ...env } },
  );
  return JSON.parse(stdout);
}
