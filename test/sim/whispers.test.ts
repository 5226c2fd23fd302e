import { describe, expect, it } from 'vitest';
import { ALL_SEEDS, firstFailure, type Pinned, PROFILES, RUNS_TIMEOUT_MS } from './runs.ts';
import type { Profile } from './sim-world.ts';
import { WhisperSimulation } from './whisper-simulation.ts';

const PINNED: readonly Pinned[] = [
  ['calm', 6, 'a receipt came before welcome, while the list of channels was awaited'],
  ['calm', 37, 'what a newcomer asked of an inbox that woke up meanwhile had no answer'],
  ['calm', 1, 'a receipt that came behind the marks which the inbox had woken up with was told to nobody'],
  ['both', 116, 'what a dead shard had under way was written behind the fence'],
  ['misrouted', 46, 'who was passed on before there was a way to the inbox never came to it'],
  ['everything', 14, 'the heir of an inbox did not hear of those who had come over another shard'],
];

/** A run takes six times as long as one of channels. */
const SEEDS = ALL_SEEDS.slice(0, Math.ceil(ALL_SEEDS.length / 4));

const failure = (profile: Profile, seeds = SEEDS): Promise<string | null> =>
  firstFailure(WhisperSimulation, profile, seeds);

describe('five people with nine devices, whose inboxes are on three shards', () => {
  it(
    '[WHISPER-1] [WHISPER-3] [WHISPER-5] [WHISPER-6] every device sees its inbox whole, once and in order, and counts alike',
    async () => {
      expect(await failure(PROFILES.calm)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );

  it(
    '[WHISPER-2] [WHISPER-10] [LOG-33] a database that fails in every way loses nothing and doubles nothing',
    async () => {
      expect(await failure(PROFILES.faults)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );

  it(
    '[WHISPER-4] [WHISPER-10] [INBOX-1] [SHARD-3] shards of senders and recipients that die lose nothing',
    async () => {
      expect(await failure(PROFILES.crashes)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );

  it(
    '[WHISPER-1] [WHISPER-2] [SHARD-3] dying shards over a failing database',
    async () => {
      expect(await failure(PROFILES.both)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );

  it(
    '[INBOX-1] [SHARD-1] inboxes that a gateway looks for on the wrong shard are found over the mesh',
    async () => {
      expect(await failure(PROFILES.misrouted)).toBeNull();
      expect(await failure(PROFILES.everything)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );

  it.each(PINNED)('[SHARD-3] %s, seed %d: %s', async (profile, seed) => {
    expect(await failure(PROFILES[profile], [seed])).toBeNull();
  });
});
