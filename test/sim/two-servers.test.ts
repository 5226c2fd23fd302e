import { describe, expect, it } from 'vitest';
import { ALL_SEEDS, firstFailure, PROFILES, RUNS_TIMEOUT_MS } from './runs.ts';
import { TwoServersSimulation } from './two-servers.ts';
import { TwoServersWhispers } from './whisper-simulation.ts';

/** They take longer than those of one server. */
const SEEDS = ALL_SEEDS.slice(0, Math.ceil(ALL_SEEDS.length / 3));
const WHISPER_SEEDS = ALL_SEEDS.slice(0, Math.ceil(ALL_SEEDS.length / 6));

describe('two servers, three shards and two gateways each, six clients that move between them', () => {
  it(
    '[NODE-1] [NODE-2] [NODE-3] everyone sees every channel they are in, whole, once and in order, whatever is lost between servers',
    async () => {
      expect(await firstFailure(TwoServersSimulation, PROFILES.calm, SEEDS)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );

  it(
    '[NODE-2] [NODE-6] every device has its inbox whole, once and in order, and knows its counts and receipts',
    async () => {
      expect(await firstFailure(TwoServersWhispers, PROFILES.calm, WHISPER_SEEDS)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );

  it(
    '[NODE-2] the same while shards die and the log fails',
    async () => {
      expect(await firstFailure(TwoServersSimulation, PROFILES.both, SEEDS)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );
});
