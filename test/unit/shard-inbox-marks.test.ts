import { describe, expect, it } from 'vitest';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import { userOf } from '../support/channel-machine.ts';
import { inboxShard, type SentFrame } from '../support/inbox-shard.ts';

const ada = userOf('ada');
const bob = userOf('bob');

/** Bob has whispered to Ada twice; she is here over connections 1 and 2, and both have everything. */
async function whispered() {
  const running = inboxShard({}, [ada, bob]);
  const { clock, gateway, come, ask, store } = running;
  come(1, ada);
  come(2, ada);
  come(3, bob);
  for (const content of ['one', 'two']) ask(3, 'whisper:send', { to: { id: ada.id }, content }, content);
  await clock.advance(50);
  const [first, second] = store.log(`inbox:${ada.id}`).events.map(({ id }) => id);
  const mark = (connection: number, type: string, id: string | undefined, ref?: string) => {
    ask(connection, type, { with: { id: bob.id }, id }, ref);
  };
  /** Frames of a connection about marks: type, and the counts that they tell. */
  const told = (connection: number) =>
    gateway.heard.flatMap(([kind, id, frame]) => {
      if (kind !== 'send' || id !== connection) return [];
      const { type, data } = frame as SentFrame;
      return data['seq'] === undefined ? [[type, data['unread'] ?? null]] : [];
    });
  return { ...running, first, second, mark, told };
}

describe('marks of several devices', () => {
  it('[WHISPER-5] [WHISPER-11] a device whose mark was joined with a read one is told the count all the same', async () => {
    const { clock, inboxes, first, second, mark, told } = await whispered();
    const write = inboxes.mark.bind(inboxes);
    inboxes.mark = async () => fail(failure('unavailable', 'away', 1_000));
    mark(1, 'whisper:delivered', second, 'd');
    mark(2, 'whisper:read', first, 'r');
    await clock.advance(20);
    inboxes.mark = write;
    await clock.advance(100);
    expect(told(1)).toEqual([
      ['whisper:read', 1],
      ['ack', null],
    ]);
    expect(told(2).at(-1)).toEqual(['ack', 1]);
  });

  it('[WHISPER-5] [WHISPER-11] so is one that asked without a ref, which gets no ack', async () => {
    const { clock, second, mark, told } = await whispered();
    mark(1, 'whisper:read', second);
    await clock.advance(50);
    expect(told(1)).toEqual([['whisper:read', 0]]);
    expect(told(2)).toEqual([['whisper:read', 0]]);
    expect(told(3)).toEqual([['whisper:read', null]]);
  });
});
