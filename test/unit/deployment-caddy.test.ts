import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const caddyfile = new URL('../../Caddyfile.prod', import.meta.url).pathname;

/** Answers with what reached it; an upgrade is taken and echoed. */
function startUpstream(): Promise<Server> {
  const server = createServer((incoming, answer) => {
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

async function freePort(): Promise<number> {
  const server = await listening(createServer());
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** Caddy with the file as it is; an http address as DOMAIN keeps it from asking for a certificate. */
async function startCaddy(upstream: Server) {
  const home = await mkdtemp(join(tmpdir(), 'hubbub-caddy-'));
  const port = await freePort();
  const caddy = spawn('caddy', ['run', '--config', caddyfile, '--adapter', 'caddyfile'], {
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      DOMAIN: `http://127.0.0.1:${port}`,
      UPSTREAM: `127.0.0.1:${portOf(upstream)}`,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  const started = new Promise<void>((resolve, reject) => {
    caddy.once('error', (error) =>
      reject(new Error(`Caddy is needed: apt-get install caddy (${error.message})`)),
    );
    caddy.once('exit', (code) => reject(new Error(`Caddy ended with ${code}:\n${log}`)));
    caddy.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (log.includes('serving initial configuration')) resolve();
    });
  });
  const stop = async () => {
    if (caddy.pid !== undefined && caddy.exitCode === null) {
      caddy.kill();
      await once(caddy, 'exit');
    }
    await rm(home, { recursive: true, force: true });
  };
  await started.catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { port, stop };
}

describe('Caddyfile.prod, run by Caddy', () => {
  let upstream: Server;
  let caddy: { port: number; stop(): Promise<void> } | undefined;

  beforeAll(async () => {
    upstream = await startUpstream();
    caddy = await startCaddy(upstream);
  });
  afterAll(async () => {
    await caddy?.stop();
    upstream.closeAllConnections();
    upstream.close();
  });

  async function get(path: string, headers: Record<string, string> = {}) {
    const asked = request({ host: '127.0.0.1', port: caddy!.port, path, headers, agent: false }).end();
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
    expect(headers.host).toBe(`127.0.0.1:${caddy!.port}`);
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
      port: caddy!.port,
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
});
