/** Whispers over real sockets, threads and PostgreSQL: three shards, so that most of them cross the mesh. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeWireClients, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterEach(closeWireClients);
afterAll(async () => {
  expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
  await server.end();
});

const guest = (name: string, hello?: object) => WireClient.guest(server.url, name, hello);

describe('whisper:send', () => {
  it('[WHISPER-1] [WHISPER-3] reaches every device of both, in one order', async () => {
    const ada = await guest('ada-1');
    const bob = await guest('bob-1');
    const answer = await ada.request('whisper:send', undefined, { to: { name: 'bob-1' }, content: 'psst' });
    expect(answer).toMatchObject({ type: 'ack', data: { seq: 1, delivered: true } });
    const event = await bob.next('whisper:created');
    expect(event).toMatchObject({ seq: 1, data: { content: 'psst' } });
  });
});
