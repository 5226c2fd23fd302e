/** Whispers while the shard of an inbox throws, exits or hangs: real threads, sockets and PostgreSQL. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shardOf } from '../../src/threads/shard-of.ts';
import { type BreakableServer, startBreakableServer } from '../support/breakable-server.ts';
import { closeWireClients, type Frame, upTo, WireClient } from '../support/wire-client.ts';

const SHARDS = 6;
const SAFE = 0;

let server: BreakableServer;
beforeAll(async () => {
  server = await startBreakableServer(SHARDS);
});
afterEach(closeWireClients);
afterAll(() => server.end());

/** A new guest whose inbox is of that shard. */
async function guestOf(shard: number): Promise<WireClient> {
  for (;;) {
    const client = await WireClient.guest(server.url);
    if (shardOf(`inbox:${client.user.id}`, SHARDS) === shard) return client;
    await client.close();
  }
}

const isRestart = (frame: Frame): boolean => frame.type === 'route:restarted' && frame.data.inbox;

/** Sends it until it is acknowledged, as a client does; resolves with its `seq`. */
async function whisperUntilStored(from: WireClient, to: WireClient, content: string): Promise<number> {
  const clientMessageId = randomUUID();
  for (;;) {
    const ref = randomUUID();
    const restarts = from.frames.filter(isRestart).length;
    from.send({
      type: 'whisper:send',
      ref,
      data: { to: { id: to.user.id }, content, clientMessageId },
    });
    while (
      !from.frames.some((frame) => frame.ref === ref) &&
      from.frames.filter(isRestart).length === restarts
    ) {
      await new Promise((resolve) => from.socket.once('message', resolve));
    }
    const answer = from.frames.find((frame) => frame.ref === ref);
    if (answer?.type === 'ack') return answer.data.seq;
    if (answer !== undefined && answer.data.code !== 'unavailable') throw new Error(JSON.stringify(answer));
  }
}

/** Both inboxes hold each of these once, dense; who listened has all of them, in order. */
async function expectWhole(
  owner: WireClient,
  listener: WireClient,
  contents: readonly string[],
): Promise<void> {
  const history = await owner.request('inbox:resume', undefined, {
    recover: { epoch: '', seq: 0 },
    limit: 200,
  });
  const { events, seq } = history.data;
  expect(events.map((event) => event.seq)).toEqual(upTo(seq));
  expect(events.map(({ data }) => data.content).sort()).toEqual([...contents].sort());
  while (listener.frames.findLast((frame) => frame.type === 'whisper:created')?.seq !== seq) {
    await new Promise((resolve) => listener.socket.once('message', resolve));
  }
  expect(listener.seen('whisper:created')).toEqual(events);
}

describe('a shard that breaks while people whisper', () => {
  it.each([
    ['throw', 1, 'sender'],
    ['exit', 2, 'recipient'],
    ['loop', 3, 'recipient'],
    ['exit-after-commit', 4, 'recipient'],
    ['exit-after-commit', 5, 'both'],
  ] as const)(
    '[WHISPER-1] [WHISPER-2] [WHISPER-10] [INBOX-2] by %s, shard %i, of the %s: both inboxes have each whisper once, every device all of them',
    async (kind, shard, whose) => {
      const ada = await guestOf(whose === 'recipient' ? SAFE : shard);
      const bob = await guestOf(whose === 'sender' ? SAFE : shard);
      const again = ({ guestToken }: WireClient) => WireClient.guest(server.url, undefined, { guestToken });
      const [adaToo, adaListens, bobListens] = [await again(ada), await again(ada), await again(bob)];
      const contents: string[] = [];
      let going = true;
      const chat = async (from: WireClient, to: WireClient, name: string): Promise<void> => {
        for (let n = 0; going || n < 3; n += 1) {
          contents.push(`${name} ${n}`);
          await whisperUntilStored(from, to, `${name} ${n}`);
        }
      };
      await whisperUntilStored(ada, bob, 'before');
      contents.push('before');
      const chats = [chat(ada, bob, 'a'), chat(bob, ada, 'b'), chat(adaToo, bob, 'c')];
      server.breakShard(kind, shard);
      await (whose === 'sender' ? ada : bob).next(isRestart);
      going = false;
      await Promise.all(chats);
      await whisperUntilStored(bob, ada, 'after');
      contents.push('after');
      await expectWhole(bob, bobListens, contents);
      await expectWhole(ada, adaListens, contents);
    },
  );
});
