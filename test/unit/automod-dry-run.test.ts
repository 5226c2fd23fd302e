import { describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { DryRun } from '../../src/automod/dry-run.ts';
import { dryRuns } from '../../src/composition/dry-runs.ts';
import type { DryRunResult, DryRunSample } from '../../src/protocol/automod-dry-run.ts';
import type { RuleCondition } from '../../src/protocol/automod-rules.ts';

const ADA = { id: 'u-ada', name: 'ada' };
const message = (seq: number, content: string, over: Partial<DryRunSample> = {}): DryRunSample => ({
  ...{ channelId: 'general', id: `m${seq}`, seq, author: ADA, content, timestamp: seq * 1_000 },
  ...over,
});
const tried = (when: RuleCondition, messages: readonly DryRunSample[]): DryRunResult => {
  const run = new DryRun(when);
  for (const one of messages) run.take(one);
  return run.result;
};

describe('a dry run', () => {
  it('[AUTOMOD-15] counts what it finds, and keeps the newest samples, cut short', () => {
    const messages = Array.from({ length: 60 }, (_, at) =>
      message(at + 1, at % 2 === 0 ? `bad ${'🙂'.repeat(600)}` : 'fine'),
    );
    const { scanned, matched, samples } = tried({ kind: 'words', words: ['bad'] }, messages);
    expect([scanned, matched, samples.length]).toEqual([60, 30, 20]);
    expect(samples.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, at) => 21 + 2 * at));
    expect(Array.from(samples[0]!.content)).toHaveLength(500);
  });

  it('[AUTOMOD-15] finds repetition by the times of the messages, channel by channel', () => {
    const when = { kind: 'repeat', times: 3, seconds: 10 } as const;
    const same = [1, 2, 3, 20, 21].map((seq) => message(seq, 'buy'));
    expect(tried(when, same).samples.map(({ seq }) => seq)).toEqual([3]);
    const apart = [1, 2, 3].map((seq) => message(seq, 'buy', { channelId: `c${seq}` }));
    expect(tried(when, apart).matched).toBe(0);
  });

  const logger = pino({ level: 'silent' });
  const request = { when: { kind: 'links' } } as const;
  const result: DryRunResult = { scanned: 1, matched: 0, samples: [] };
  const never = new AbortController().signal;

  it('[AUTOMOD-15] is one at a time, bounded, and ends when nobody waits for it any more', async () => {
    const tasks: object[] = [];
    const jobs = {
      dryRun: (task: object, signal: AbortSignal) => {
        tasks.push(task);
        return new Promise<DryRunResult>((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('ended'));
          });
        });
      },
    };
    const run = dryRuns(jobs, 'postgres://x', logger);
    const gone = new AbortController();
    const first = run({ ...request, channels: ['a'], since: 5 }, gone.signal);
    expect(await run(request, never)).toMatchObject({ ok: false, failure: { code: 'overloaded' } });
    gone.abort();
    expect(await first).toMatchObject({ ok: false, failure: { code: 'unavailable' } });
    expect(tasks).toEqual([
      { databaseUrl: 'postgres://x', when: request.when, channels: ['a'], last: 10_000, since: 5 },
    ]);
    const again = dryRuns({ dryRun: async () => result }, 'postgres://x', logger);
    expect(await again(request, never)).toEqual({ ok: true, value: result });
    expect(await again(request, never)).toEqual({ ok: true, value: result });
  });
});
