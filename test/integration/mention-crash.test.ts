/** Mentions while the shard of their channel, or of an inbox, dies: real threads, sockets and PostgreSQL. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shardOf } from '../../src/threads/shard-of.ts';
import { type BreakableServer, startBreakableServer } from '../support/breakable-server.ts';
import { closeWireClients, type Frame, upTo, WireClient } from '../support/wire-client.ts';

const SHARDS = 4;

let server: BreakableServer;
beforeAll(async () => {
  server = await startBreakableServer(SHARDS);
});
afterEach(closeWireClients);
afterAll(() => server.end());

/** A new guest whose inbox is of that shard, and a channel that is. */
async function guestOf(shard: number): Promise<WireClient> {
  for (;;) {
    const client = await WireClient.guest(server.url);
    if (shardOf(`inbox:${client.user.id}`, SHARDS) === shard) return client;
    await client.close();
  }
}
function channelOf(shard: number): string {
  for (let n = 0; ; n += 1) {
    const id = `crash-${shard}-${n}`;
    if (shardOf(`channel:${id}`, SHARDS) === shard) return id;
  }
}

const isRestart = (frame: Frame): boolean => frame.type === 'route:restarted';

/** Sends it until it is acknowledged, as a client does. */
async function sayUntilStored(client: WireClient, channelId: string, content: string): Promise<void> {
  const clientMessageId = randomUUID();
  for (;;) {
    const ref = randomUUID();
    const restarts = client.frames.filter(isRestart).length;
    client.send({ type: 'message:send', ref, channelId, data: { content, clientMessageId } });
    while (
      !client.frames.some((frame) => frame.ref === ref) &&
      client.frames.filter(isRestart).length === restarts
    ) {
      await new Promise((resolve) => client.socket.once('message', resolve));
    }
    const answer = client.frames.find((frame) => frame.ref === ref);
    if (answer?.type === 'ack') return;
    if (answer !== undefined && answer.data.code !== 'unavailable') throw new Error(JSON.stringify(answer));
  }
}

describe('a shard that breaks while people are mentioned', () => {
  it.each([
    ['exit-after-commit', 1, 'the channel'],
    ['exit', 2, 'the inbox'],
    ['exit-after-commit', 3, 'both'],
  ] as const)(
    '[MENTION-3] [MENTION-5] by %s, shard %i, of %s: each mention is shown once',
    async (kind, shard, of) => {
      const channelId = channelOf(of === 'the inbox' ? 0 : shard);
      const ada = await guestOf(0);
      const bob = await guestOf(of === 'the channel' ? 0 : shard);
      await ada.join(channelId);
      let going = true;
      let said = 0;
      const talk = async (): Promise<void> => {
        for (; going || said < 3; said += 1)
          await sayUntilStored(ada, channelId, `@${bob.user.name} ${said}`);
      };
      await sayUntilStored(ada, channelId, 'before');
      const talking = talk();
      server.breakShard(kind, shard);
      await (of === 'the inbox' ? bob : ada).next(isRestart);
      going = false;
      await talking;
      await sayUntilStored(ada, channelId, `@${bob.user.name} last`);
      const isLast = (frame: Frame): boolean => frame.type === 'mention:created' && frame.seq === said + 1;
      if (!bob.frames.some(isLast)) await bob.next(isLast);
      const mentions = bob.seen('mention:created');
      expect(mentions.map(({ seq }) => seq)).toEqual(upTo(said + 1));
      expect(new Set(mentions.map(({ data }) => data.id)).size).toBe(said + 1);
    },
  );
});
