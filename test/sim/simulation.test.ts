import { describe, expect, it } from 'vitest';
import type { Profile } from './sim-world.ts';
import { Simulation } from './simulation.ts';

/** Runs of each profile; more for a long search: HUBBUB_SIM_SEEDS=5000 npx vitest run test/sim. */
const SEEDS = Number(process.env['HUBBUB_SIM_SEEDS'] ?? 100);
const TIMEOUT_MS = 30_000 + SEEDS * 200;

const PROFILES = {
  calm: { crashes: false, faults: false, misrouted: false },
  faults: { crashes: false, faults: true, misrouted: false },
  crashes: { crashes: true, faults: false, misrouted: false },
  both: { crashes: true, faults: true, misrouted: false },
  misrouted: { crashes: false, faults: false, misrouted: true },
  everything: { crashes: true, faults: true, misrouted: true },
} satisfies Record<string, Profile>;

/** Seeds that broke a rule once, with what was wrong then. */
const PINNED: readonly (readonly [keyof typeof PROFILES, number, string])[] = [
  ['calm', 1, 'a refused request made the shard forget the join behind it'],
  ['faults', 24, 'a second join that failed put out who was in'],
  ['crashes', 15, 'who joined during a hand-over was told again what the page held'],
  ['crashes', 13, 'a send before a leave had no answer and no route:restarted'],
  ['both', 51, 'a join overtook the hand-over of a channel that could not be loaded'],
  ['misrouted', 11339, 'a request over the mesh came before its gateway and was lost'],
  ['everything', 82, 'a join over the mesh overtook the hand-over of its gateway'],
  ['everything', 1, 'a connection that joined over the mesh was not handed over'],
];

/** The seeds that break a rule, with the whole story of the first. */
async function failures(profile: Profile, seeds: readonly number[]): Promise<string | null> {
  for (const seed of seeds) {
    try {
      await new Simulation(seed, profile).run();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
  return null;
}

const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1);

describe('three shards, two gateways, seven clients', () => {
  it(
    '[CHAN-8] [RESUME-1] [REQ-1] [PRES-1] everyone sees every channel they are in, whole, once and in order',
    async () => {
      expect(await failures(PROFILES.calm, seeds)).toBeNull();
    },
    TIMEOUT_MS,
  );

  it(
    '[LOG-33] [LOG-35] [MSG-2] a log that fails in every way loses nothing and doubles nothing',
    async () => {
      expect(await failures(PROFILES.faults, seeds)).toBeNull();
    },
    TIMEOUT_MS,
  );

  it(
    '[SHARD-3] [SHARD-4] [SHARD-5] [SHARD-6] shards that die, and die while they are replaced, lose nothing',
    async () => {
      expect(await failures(PROFILES.crashes, seeds)).toBeNull();
    },
    TIMEOUT_MS,
  );

  it(
    '[SHARD-3] [LOG-33] [MSG-2] dying shards over a failing log, and what they commit after their death',
    async () => {
      expect(await failures(PROFILES.both, seeds)).toBeNull();
    },
    TIMEOUT_MS,
  );

  it(
    '[REQ-7] [SHARD-1] requests that a gateway brings to the wrong shard reach the owner over the mesh',
    async () => {
      expect(await failures(PROFILES.misrouted, seeds)).toBeNull();
      expect(await failures(PROFILES.everything, seeds)).toBeNull();
    },
    TIMEOUT_MS,
  );

  it.each(PINNED)('[SHARD-3] %s, seed %d: %s', async (profile, seed) => {
    expect(await failures(PROFILES[profile], [seed])).toBeNull();
  });
});
