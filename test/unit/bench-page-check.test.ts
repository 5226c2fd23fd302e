import { describe, expect, it } from 'vitest';
import { joinedPage, PageCheck } from '../../bench/load/page-check.ts';

function events(channelId: string, seqs: readonly number[]): string {
  return seqs
    .map((seq) => `{"type":"message:created","channelId":"${channelId}","seq":${seq},"data":{"id":"${seq}"}}`)
    .join(',');
}

function joined(inside: string, members = '[{"id":"u","name":"],\\"members\\":["}]'): Buffer {
  const data =
    '{"epoch":"e","seq":3,"recovered":true,"hasMore":false,"events":[' +
    `${inside}],"members":${members},"memberCount":1}`;
  return Buffer.from(`{"type":"channel:joined","ref":"join","channelId":"c","timestamp":1,"data":${data}}`);
}

describe('a page that a client of a storm was given', () => {
  it('[BENCH-11] is taken out of its frame without being parsed', () => {
    const frame = joined(events('c', [1, 2, 3]));
    const padded = Buffer.concat([Buffer.from('xy'), frame, Buffer.from('"events":[1],"members":')]);
    const { head, events: inside } = joinedPage(padded, 2, 2 + frame.length);
    expect(head).toMatchObject({ epoch: 'e', seq: 3, recovered: true, hasMore: false });
    expect(inside.toString()).toBe(events('c', [1, 2, 3]));
    expect(joinedPage(joined(''), 0, joined('').length).events.toString()).toBe('');
  });

  it('[BENCH-11] is found where the frame is written in another order', () => {
    const frame = Buffer.from(
      '{"data":{"members":[],"events":[{"seq":1,"channelId":"c"}],"epoch":"e","seq":1,"recovered":null,"hasMore":false}}',
    );
    const { head, events: inside } = joinedPage(frame, 0, frame.length);
    expect(head.seq).toBe(1);
    expect(JSON.parse(`[${inside.toString()}]`)).toEqual([{ seq: 1, channelId: 'c' }]);
  });

  it('[BENCH-11] is right only with exactly the events that it has to hold, in order', () => {
    const right = (inside: string): number => {
      const check = new PageCheck({ channelId: 'c', first: 2, last: 4 });
      check.add(Buffer.from(inside));
      return check.rightPages();
    };
    expect(right(events('c', [2, 3, 4]))).toBe(1);
    for (const seqs of [[], [2, 3], [3, 4], [2, 4, 3], [2, 2, 4], [2, 3, 4, 5], [1, 2, 3]]) {
      expect(right(events('c', seqs))).toBe(0);
    }
    expect(right(events('other', [2, 3, 4]))).toBe(0);
  });

  it('[BENCH-11] counts for itself, whoever else got the same or something else', () => {
    const check = new PageCheck({ channelId: 'c', first: 1, last: 2 });
    const shared = Buffer.alloc(500);
    for (const seqs of [[1, 2], [1, 2], [2, 1], [1, 2], [1]]) {
      const length = shared.write(events('c', seqs));
      check.add(shared.subarray(0, length));
    }
    expect(check.rightPages()).toBe(3);
  });
});
