/** How outcomes are told apart, and how histories are kept. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_CONTENT_LENGTH } from '../../src/protocol/limits.ts';
import { contentProblem } from '../../src/protocol/text.ts';
import { Random } from '../sim/random.ts';
import { honestHistory } from '../support/honest-history.ts';
import { awkwardText } from '../verify/awkward-text.ts';
import type { HistoryRecord } from '../verify/history-record.ts';
import { historyLines, readHistory } from '../verify/history-file.ts';
import { SendTries } from '../verify/send-tries.ts';
import { verdictText } from '../verify/verdict-text.ts';
import { checkHistory } from '../verify/check-history.ts';
import { outcomeOf } from '../verify/verify.ts';
import { withPatience, Watch } from '../verify/watch.ts';

const send = (ref: string, clientMessageId: string) =>
  JSON.stringify({ type: 'message:send', ref, channelId: 'c', data: { content: 'x', clientMessageId } });
const error = (ref: string, code: string) =>
  JSON.stringify({ type: 'error', ref, data: { code, message: '' } });

describe('whether a message that failed can have landed', () => {
  it('[VERIFY-8] not when it never left, nor when each try was refused', () => {
    const tries = new SendTries();
    expect(tries.mayHaveLanded('k')).toBe(false);
    tries.connecting();
    tries.sent(send('1', 'k'));
    tries.received(error('1', 'rate_limited'));
    tries.sent(send('2', 'k'));
    tries.received(error('2', 'too_large'));
    expect(tries.mayHaveLanded('k')).toBe(false);
  });

  it('[VERIFY-8] it may when a try is unanswered, or its answer leaves that open', () => {
    const outcomes = ['unavailable', 'internal', 'a code of tomorrow'].map((code) => (tries: SendTries) => {
      tries.received(error('1', code));
    });
    const others = [
      () => undefined,
      // Nobody's answer, and one to something else.
      (tries: SendTries) => tries.received(JSON.stringify({ type: 'error', data: { code: 'banned' } })),
      (tries: SendTries) => tries.received(error('2', 'banned')),
      (tries: SendTries) =>
        tries.received(JSON.stringify({ type: 'ack', ref: '1', data: { id: 'm', seq: 1 } })),
    ];
    for (const happens of [...outcomes, ...others]) {
      const tries = new SendTries();
      tries.sent(send('1', 'k'));
      happens(tries);
      expect(tries.mayHaveLanded('k')).toBe(true);
      expect(tries.mayHaveLanded('k')).toBe(false);
    }
  });

  it('[VERIFY-8] it may when an earlier connection took a try to its end', () => {
    const tries = new SendTries();
    tries.sent(send('1', 'k'));
    tries.connecting();
    tries.received(error('1', 'too_large'));
    tries.sent(send('1', 'k'));
    tries.received(error('1', 'too_large'));
    expect(tries.mayHaveLanded('k')).toBe(true);
  });
});

describe('whether a whisper that failed can have landed', () => {
  it('[VERIFY-8] [VERIFY-12] is told apart by its recipient too: one clientMessageId may go to several people', () => {
    const whisper = (ref: string, id: string) =>
      JSON.stringify({ type: 'whisper:send', ref, data: { to: { id }, content: 'x', clientMessageId: 'k' } });
    const tries = new SendTries();
    tries.sent(whisper('1', 'bob'));
    tries.sent(whisper('2', 'cy'));
    tries.received(error('1', 'not_found'));
    expect(tries.mayHaveLanded('k')).toBe(false);
    expect(tries.mayHaveLanded('k', 'bob')).toBe(false);
    expect(tries.mayHaveLanded('k', 'cy')).toBe(true);
  });
});

describe('a history as text', () => {
  it('[VERIFY-9] reads back the same', () => {
    fc.assert(
      fc.property(honestHistory, (records) => {
        const text = [...historyLines(records)].join('');
        expect(text.split('\n')).toHaveLength(records.length + 1);
        expect(readHistory(text)).toEqual({ ok: true, records });
      }),
      { numRuns: 30 },
    );
  });

  it('[VERIFY-9] a line that is no record is named, and an empty text is no history', () => {
    const good = '{"type":"cut","at":1,"observer":"l0"}';
    for (const bad of ['{', '[]', '{"type":"cut","at":1}', '{"type":"what","at":1}', 'null']) {
      expect(readHistory(`${good}\n\n${bad}\n`)).toEqual({
        ok: false,
        problem: 'line 3 is no record of a history',
      });
    }
    expect(readHistory('\n')).toMatchObject({ ok: false });
  });
});

describe('texts', () => {
  it('[VERIFY-3] are any that a server takes, and now and then one that it must refuse', () => {
    const random = new Random(1);
    const problems = Array.from({ length: 2_000 }, (_, i) => {
      const text = awkwardText(`k${i} in c`, random);
      expect(text.startsWith(`k${i} in c`)).toBe(true);
      expect(text.length).toBeLessThanOrEqual(MAX_CONTENT_LENGTH + 1);
      return contentProblem(text);
    });
    expect(new Set(problems)).toEqual(new Set([null, 'too_large']));
  });
});

describe('the verdict in words', () => {
  it('[VERIFY-1] tells counts, the first findings and how many more there are', () => {
    const records = Array.from({ length: 30 }, (_, i) => {
      return { type: 'ok', at: 0, operation: i, id: 'm', seq: 1, duplicate: false } as const;
    });
    const text = verdictText(checkHistory(records));
    expect(text).toContain('contradiction: operation 0, ok, was never invoked');
    expect(text).toContain('and 10 more');
    expect(text).toMatch(/BROKEN: 30 findings$/);
    expect(verdictText(checkHistory([]))).toMatch(/^0 messages: 0 acknowledged[^]*\nkept: /);
  });
});

describe('a history in which nothing was acknowledged', () => {
  it('[VERIFY-11] proves nothing, and the first refusal is told', () => {
    const sent = { channelId: 'c', sender: 's', authorId: 'ada', clientMessageId: 'k', content: 'text' };
    const records: readonly HistoryRecord[] = [
      { type: 'invoked', at: 0, operation: 1, ...sent },
      { type: 'failed', at: 1, operation: 1, reason: 'muted: not now' },
      { type: 'page', at: 2, channelId: 'c', events: [] },
    ];
    const problem = 'the server took no message (muted: not now)';
    expect(outcomeOf(records, 0)).toEqual({ kind: 'failed', problem, records });
    expect(outcomeOf([], 0)).toMatchObject({ problem: expect.stringContaining('none was sent') });
    expect(outcomeOf(records.slice(0, 1), 0)).toMatchObject({ kind: 'checked' });
  });
});

describe('waiting', () => {
  it('[VERIFY-1] ends when what is waited for happens, or with the patience', async () => {
    const watch = new Watch();
    let held = false;
    const holds = watch.until(() => held, 60_000);
    watch.changed();
    held = true;
    watch.changed();
    expect(await holds).toBe(true);
    expect(await watch.until(() => true, 0)).toBe(true);
    expect(await watch.until(() => false, 1)).toBe(false);
    expect(await withPatience(Promise.resolve(1), 60_000, 'it is there')).toBe(1);
    await expect(withPatience(new Promise(() => undefined), 1, 'nothing')).rejects.toThrow('until nothing');
  });
});
