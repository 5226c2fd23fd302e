import { describe, expect, it } from 'vitest';
import { runKillCheck } from '../kill/kill-check.ts';
import { verdictText } from '../verify/verdict-text.ts';

const ROUNDS = 10;

describe('kill -9 under load', () => {
  it(
    '[KILL-1] [KILL-2] [KILL-3] [KILL-4] [KILL-5] [KILL-6] [KILL-7] [KILL-8] loses nothing acknowledged or shown, ten times in a row',
    { timeout: 300_000 },
    async () => {
      const { verdict } = await runKillCheck({
        rounds: ROUNDS,
        senders: 4,
        listeners: 2,
        channels: 3,
        seed: Date.now() >>> 0,
        onStep: () => undefined,
      });
      const { counts, findings } = verdict;
      expect(findings, verdictText(verdict)).toEqual([]);
      expect(counts.resumes).toBeGreaterThanOrEqual(ROUNDS * 6);
      expect(counts.acknowledged).toBeGreaterThan(ROUNDS * 150);
      expect(counts.logged).toBeGreaterThanOrEqual(counts.acknowledged);
      expect(counts.whispers.acknowledged).toBeGreaterThan(ROUNDS * 5);
      // Those who broke off in the middle have inboxes too.
      expect(counts.whispers.logs).toBe(4 + ROUNDS);
    },
  );
});
