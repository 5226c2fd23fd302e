import { describe, expect, it } from 'vitest';
import { runKillCheck } from '../kill/kill-check.ts';
import { verdictText } from '../kill/verdict-text.ts';

const ROUNDS = 10;

describe('kill -9 under load', () => {
  it(
    '[KILL-2] [KILL-3] [KILL-4] [KILL-5] [KILL-6] [KILL-7] loses nothing acknowledged or shown, ten times in a row',
    { timeout: 300_000 },
    async () => {
      const verdict = await runKillCheck({
        rounds: ROUNDS,
        senders: 4,
        listeners: 2,
        channels: 3,
        random: Math.random,
        onStep: () => undefined,
      });
      expect(verdict.findings, verdictText(verdict)).toEqual([]);
      expect(verdict.kills).toBe(ROUNDS);
      expect(verdict.acknowledged).toBeGreaterThan(ROUNDS * 150);
      expect(verdict.logged).toBeGreaterThanOrEqual(verdict.acknowledged);
    },
  );
});
