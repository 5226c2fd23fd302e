import { describe, expect, it } from 'vitest';
import { FollowingSimulation } from './following-simulation.ts';
import { ALL_SEEDS, firstFailure, PROFILES, RUNS_TIMEOUT_MS } from './runs.ts';
import type { Profile } from './sim-world.ts';

const SEEDS = ALL_SEEDS.slice(0, Math.ceil(ALL_SEEDS.length / 6));

const failure = (profile: Profile): Promise<string | null> =>
  firstFailure(FollowingSimulation, profile, SEEDS);

describe('three shards, two gateways, seven devices that follow channels', () => {
  it(
    '[READ-8] every device knows what is not read where it is not',
    async () => {
      expect(await failure(PROFILES.calm)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );

  it(
    '[READ-10] shards of channels and of inboxes that die leave no count behind',
    async () => {
      expect(await failure(PROFILES.crashes)).toBeNull();
      expect(await failure(PROFILES.everything)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );
});
