/** What is sent to break the HTTP side: the table of test/hostile, row by row, against one real server. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { REQUESTS } from '../hostile/requests.ts';
import { exchange, parseAnswer } from '../support/exchange.ts';
import { upTo } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(async () => {
  await server.end();
  expect(server.output(), 'what the server logged').not.toMatch(/"level":"(?:error|fatal)"/);
});

async function goesOn(): Promise<void> {
  const answer = await fetch(`${server.url}/health`, { headers: { connection: 'close' } });
  expect(await answer.text()).toBe('OK');
}

it.each(REQUESTS)('[HOSTILE-4, HTTP-29] %s', async (_what, expected, bytes) => {
  const heard = await exchange(server.port, Buffer.from(bytes, 'utf8'));
  const answers = heard.split(/(?=HTTP\/1\.1 \d)/).map(parseAnswer);
  expect(heard === '' ? [] : answers.map(({ status }) => status), heard.slice(0, 2_000)).toEqual(expected);
  for (const { status, headers, body } of heard === '' ? [] : answers) {
    if (status >= 400) {
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
    expect(JSON.stringify([headers, body])).not.toMatch(/evil\.test|node:internal|\.ts:\d/);
  }
  await goesOn();
});

it('[HOSTILE-5] 300 requests that never come to their end keep nobody waiting', async () => {
  const head = 'POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const sockets = await Promise.all(
    upTo(300).map(async (n) => {
      const socket = connect(server.port, '127.0.0.1');
      await once(socket, 'connect');
      // Half of them in the head, half in the body.
      socket.write(n % 2 === 0 ? head : `${head}Content-Length: 99\r\n\r\n{`);
      return socket;
    }),
  );
  await goesOn();
  await Promise.all(
    sockets.map(async (socket) => {
      socket.destroy();
      await once(socket, 'close');
    }),
  );
});

it('[HOSTILE-6] attempts are counted by the address of the socket, whatever X-Forwarded-For claims', async () => {
  const statuses = await Promise.all(
    upTo(80).map(async (n) => {
      const claimed = `203.0.113.${n}`;
      const answer = await fetch(`${server.url}/refresh`, {
        method: 'POST',
        headers: {
          ...{ 'content-type': 'application/json', connection: 'close' },
          ...{ 'x-forwarded-for': claimed, 'x-real-ip': claimed, forwarded: `for=${claimed}` },
        },
        body: JSON.stringify({ refresh_token: 'x'.repeat(64) }),
      });
      await answer.arrayBuffer();
      return answer.status;
    }),
  );
  expect(new Set(statuses)).toEqual(new Set([401, 429]));
});
