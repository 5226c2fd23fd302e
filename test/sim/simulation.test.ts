import { describe, expect, it } from 'vitest';
import { ALL_SEEDS, firstFailure, type Pinned, PROFILES, RUNS_TIMEOUT_MS } from './runs.ts';
import type { Profile } from './sim-world.ts';
import { Simulation } from './simulation.ts';

const PINNED: readonly Pinned[] = [
  ['calm', 1, 'a refused request made the shard forget the join behind it'],
  ['faults', 24, 'a second join that failed put out who was in'],
  ['crashes', 15, 'who joined during a hand-over was told again what the page held'],
  ['crashes', 13, 'a send before a leave had no answer and no route:restarted'],
  ['both', 51, 'a join overtook the hand-over of a channel that could not be loaded'],
  ['misrouted', 11339, 'a request over the mesh came before its gateway and was lost'],
  ['everything', 82, 'a join over the mesh overtook the hand-over of its gateway'],
  ['everything', 1, 'a connection that joined over the mesh was not handed over'],
];

const failure = (profile: Profile, seeds = ALL_SEEDS): Promise<string | null> =>
  firstFailure(Simulation, profile, seeds);

describe('three shards, two gateways, seven clients', () => {
  it(
    '[CHAN-8] [RESUME-1] [REQ-1] [PRES-1] everyone sees every channel they are in, whole, once and in order',
    async () => {
      expect(await failure(PROFILES.calm)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );

  it(
    '[LOG-33] [LOG-35] [MSG-2] a log that fails in every way loses nothing and doubles nothing',
    async () => {
      expect(await failure(PROFILES.faults)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );

  it(
    '[SHARD-3] [SHARD-4] [SHARD-5] [SHARD-6] shards that die, and die while they are replaced, lose nothing',
    async () => {
      expect(await failure(PROFILES.crashes)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );

  it(
    '[SHARD-3] [LOG-33] [MSG-2] dying shards over a failing log, and what they commit after their death',
    async () => {
      expect(await failure(PROFILES.both)).toBeNull();
    },
    RUNS_TIMEOUT_MS,
  );

  it(
    '[REQ-7] [SHARD-1] requests that a gateway brings to the wrong shard reach the owner over the mesh',
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
