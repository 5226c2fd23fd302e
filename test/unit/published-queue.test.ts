import { describe, expect, it } from 'vitest';
import { PublishedQueue, type PublishedQueueOptions } from '../../src/cache/valkey/published-queue.ts';
import { pauseMs } from '../../src/cache/valkey/valkey-link.ts';
import type { PublishedEvent, PublishedOutcome } from '../../src/protocol/published-event.ts';
import { FakeTimers, settled } from '../support/fake-timers.ts';

const PATIENCE_MS = 30_000;

function queueOf(more: Partial<PublishedQueueOptions> = {}) {
  const timers = new FakeTimers();
  const counted: Record<string, number> = {};
  const lines: object[] = [];
  const deferred: (() => void)[] = [];
  const asked: { channelId: string; ids: readonly string[] }[] = [];
  const answers: ((outcomes: readonly PublishedOutcome[] | null) => void)[] = [];
  const queue = new PublishedQueue({
    deliver: async (channelId, events) => {
      asked.push({ channelId, ids: events.map(idOf) });
      return new Promise((resolve) => answers.push(resolve));
    },
    timers: { mono: () => timers.now(), after: (ms, run) => timers.after(ms, run) },
    defer: (run) => deferred.push(run),
    count: (outcome) => {
      counted[outcome] = (counted[outcome] ?? 0) + 1;
    },
    logger: { warn: (fields) => lines.push(fields) },
    ...more,
  });
  const turn = async () => {
    deferred.shift()?.();
    await settled();
  };
  const answer = async (outcomes: readonly PublishedOutcome[] | null) => {
    answers.shift()!(outcomes);
    await settled();
  };
  return { queue, timers, counted, lines, asked, turn, answer };
}

const idOf = (event: PublishedEvent) => ('id' in event ? event.id : event.user.id);
const message = (id: string, channelId = 'room') =>
  Buffer.from(
    JSON.stringify({ type: 'message:created', channelId, data: { id, content: 'x', authorId: 'a' } }),
  );

describe('published events on their way', () => {
  it('[VALKEY-9] go to the shard by channel, in order, one call at a time', async () => {
    const { queue, asked, turn, answer, counted } = queueOf();
    for (const id of ['1', '2']) queue.take('channel:room', message(id));
    queue.take('channel:other', message('3', 'other'));
    await turn();
    // The first one begins as soon as it is read.
    expect(asked).toEqual([
      { channelId: 'room', ids: ['1'] },
      { channelId: 'other', ids: ['3'] },
    ]);
    await answer(['appended']);
    expect(asked.at(-1)).toEqual({ channelId: 'room', ids: ['2'] });
    await answer(['duplicate']);
    await answer(['conflict']);
    expect(counted).toEqual({ appended: 1, duplicate: 1, conflict: 1 });
    expect(queue.depth).toBe(0);
  });

  it('[VALKEY-9] are tried again while their shard can not take them, up to thirty seconds', async () => {
    const { queue, asked, turn, answer, counted, timers } = queueOf();
    for (const id of ['1', '2', '3']) queue.take('channel:room', message(id));
    await turn();
    await answer(null);
    await timers.advance(500);
    expect(asked.at(-1)?.ids).toEqual(['1', '2', '3']);
    await answer(['appended', 'overloaded', 'appended']);
    await timers.advance(500);
    expect(asked.at(-1)?.ids).toEqual(['2', '3']);
    await timers.advance(PATIENCE_MS);
    await answer(['unavailable', 'duplicate']);
    expect(counted).toEqual({ appended: 1, unavailable: 1, duplicate: 1 });
    expect(queue.depth).toBe(0);
  });

  it('[VALKEY-9] are dropped and counted when too many wait', async () => {
    const { queue, counted, lines } = queueOf({ bounds: { events: 2, bytes: 1_000 } });
    for (const id of ['1', '2', '3', '4']) queue.take('channel:room', message(id));
    expect(queue.depth).toBe(2);
    expect(counted).toEqual({ overloaded: 2 });
    expect(lines).toEqual([{ channel: 'room', outcome: 'overloaded' }]);
  });

  it('[VALKEY-2] that are malformed are counted, and told once a kind without their text', async () => {
    const { queue, counted, lines, turn } = queueOf();
    queue.take('channel:room', Buffer.from('{secret'));
    queue.take('channel:room', Buffer.from('{secret'));
    queue.take('channel:room', message('1', 'elsewhere'));
    queue.take('channel:room', Buffer.alloc(65_537));
    await turn();
    expect(counted).toEqual({ malformed: 4 });
    expect(lines.map((line) => (line as { problem: string }).problem).sort()).toEqual([
      'channel',
      'json',
      'size',
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret');
    expect(queue.depth).toBe(0);
  });

  it('[VALKEY-1] pauses between attempts to connect grow to five seconds', () => {
    expect([1, 2, 3, 20].map((times) => pauseMs(times, 0))).toEqual([100, 200, 400, 5_000]);
    expect(pauseMs(20, 1)).toBe(3_750);
  });
});
