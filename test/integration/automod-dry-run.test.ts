/** Dry runs over messages in PostgreSQL, in the job pool and over REST. */
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createJobPool } from '../../src/composition/job-pool.ts';
import { serverToken } from '../support/server-tokens.ts';
import { closeWireClients, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
let moderator: string;
beforeAll(async () => {
  server = await startWireServer();
  moderator = await serverToken(server.database.connectionString, {
    name: 'Mod',
    roles: ['user', 'moderator'],
  });
});
afterEach(closeWireClients);
afterAll(async () => {
  expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
  await server.end();
});

interface Found {
  readonly scanned: number;
  readonly matched: number;
  readonly samples: readonly {
    readonly channel_id: string;
    readonly content: string;
    readonly seq: number;
  }[];
}

async function tryOver(body: object): Promise<{ status: number; body: Found & { readonly code: string } }> {
  const answer = await fetch(`${server.url}/automod/dry-run`, {
    method: 'POST',
    headers: { authorization: `Bearer ${moderator}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Found & { readonly code: string } };
}

const WORD = { kind: 'words', words: ['needle'] };

describe('POST /automod/dry-run', () => {
  it('[AUTOMOD-15] tells what a rule would find, in all channels, in some, of the newest, since a time', async () => {
    const ada = await WireClient.guest(server.url);
    const say = async (channelId: string, content: string) =>
      (await ada.request('message:send', channelId, { content })).data;
    const channels = ['dry-a', 'dry-b', 'other'];
    for (const id of channels) {
      await ada.join(id);
      await say(id, `a Needle in ${id}`);
      await say(id, 'hay');
    }
    const edited = await say('dry-a', 'hay too');
    await ada.request('message:update', 'dry-a', { id: edited.id, content: 'needle, edited' });
    const deleted = await say('dry-a', 'needle, deleted');
    await ada.request('message:delete', 'dry-a', { id: deleted.id });
    const since = Date.now() + 1;
    await expect.poll(() => Date.now()).toBeGreaterThan(since);
    await say('dry-b', 'needle, late');

    const all = (await tryOver({ when: WORD })).body;
    expect([all.scanned, all.matched]).toEqual([8, 5]);
    expect(all.samples.map(({ content }) => content)).toEqual([
      ...channels.map((id) => `a Needle in ${id}`),
      ...['needle, edited', 'needle, late'],
    ]);
    expect(all.samples[0]).toEqual({
      ...{ channel_id: 'dry-a', id: expect.any(String), seq: 1, content: 'a Needle in dry-a' },
      ...{ author: { id: ada.user.id, name: ada.user.name }, timestamp: expect.any(Number) },
    });
    const counts = async (body: object) => {
      const { scanned, matched } = (await tryOver({ when: WORD, ...body })).body;
      return [scanned, matched];
    };
    expect(await counts({ channels: ['other'] })).toEqual([2, 1]);
    expect(await counts({ channels: ['dry-*'] })).toEqual([6, 4]);
    expect(await counts({ channels: ['nowhere', 'other', 'dry-b'] })).toEqual([5, 3]);
    expect(await counts({ last: 1 })).toEqual([1, 1]);
    expect(await counts({ channels: ['dry-a'], last: 2 })).toEqual([1, 1]);
    expect(await counts({ since })).toEqual([1, 1]);
    expect(await counts({ channels: ['dry-a'], since })).toEqual([0, 0]);
  });

  it('[AUTOMOD-15] [AUTOMOD-7] says what is wrong with what is asked', async () => {
    const bad = [
      {},
      { when: { kind: 'pattern', pattern: '(' } },
      { when: WORD, last: 0 },
      { when: WORD, last: 100_001 },
      { when: WORD, channels: [] },
      { when: WORD, since: -1 },
    ];
    for (const body of bad) expect((await tryOver(body)).body.code).toBe('bad_request');
  });
});

describe('the job', () => {
  it('[AUTOMOD-15] ends with its thread when nobody waits for it any more, and the pool goes on', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const pool = createJobPool();
    const gone = new AbortController();
    const scan = { last: 10, since: 0, when: { kind: 'links' } } as const;
    const run = pool.dryRun({ ...scan, databaseUrl: `postgres://x@127.0.0.1:${port}/x` }, gone.signal);
    const ended = expect(run).rejects.toThrow();
    await expect.poll(() => sockets.length).toBe(1);
    const closed = new Promise((resolve) => sockets[0]?.once('close', resolve).resume());
    gone.abort();
    await Promise.all([ended, closed]);
    const { databaseUrl } = { databaseUrl: server.database.connectionString };
    const result = await pool.dryRun({ ...scan, databaseUrl }, new AbortController().signal);
    expect(result.matched).toBe(0);
    await pool.close();
    await new Promise((resolve) => silent.close(resolve));
  });
});
