import { describe, expect, it } from 'vitest';
import { ALL_SEEDS, firstFailure, PROFILES, RUNS_TIMEOUT_MS } from './runs.ts';
import type { Profile } from './sim-world.ts';
import { ChangingSimulation } from './simulation.ts';

const SEEDS = ALL_SEEDS.slice(0, Math.ceil(ALL_SEEDS.length / 3));

const failure = (profile: Profile): Promise<string | null> =>
  firstFailure(ChangingSimulation, profile, SEEDS);

describe('three shards, two gateways, seven clients who edit and delete what they wrote', () => {
  it(
    '[MSG-10] [MSG-13] everyone comes to the texts of now, and no page tells an older one',
    async () => {
      expect(await failure(PROFILES.calm)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );

  it(
    '[MSG-12] [LOG-60] [LOG-61] a log that fails in every way loses no change, and shows none twice',
    async () => {
      expect(await failure(PROFILES.faults)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );

  it(
    '[MSG-12] [MSG-13] [SHARD-3] dying shards over a failing log, by way of the wrong shard too',
    async () => {
      expect(await failure(PROFILES.crashes)).toBeNull();
      expect(await failure(PROFILES.everything)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );
});
