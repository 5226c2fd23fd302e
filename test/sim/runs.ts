/** How tests run simulations: profiles, seeds, and the first failure. */
import type { Profile } from './sim-world.ts';

/** Runs of each profile; more for a long search: HUBBUB_SIM_SEEDS=5000 npx vitest run test/sim. */
const SEEDS = Number(process.env['HUBBUB_SIM_SEEDS'] ?? 40);

export const RUNS_TIMEOUT_MS = 30_000 + SEEDS * 200;

export const PROFILES = {
  calm: { crashes: false, faults: false, misrouted: false },
  faults: { crashes: false, faults: true, misrouted: false },
  crashes: { crashes: true, faults: false, misrouted: false },
  both: { crashes: true, faults: true, misrouted: false },
  misrouted: { crashes: false, faults: false, misrouted: true },
  everything: { crashes: true, faults: true, misrouted: true },
} satisfies Record<string, Profile>;

/** A seed that broke a rule once, with what was wrong then. */
export type Pinned = readonly [keyof typeof PROFILES, number, string];

export const ALL_SEEDS: readonly number[] = Array.from({ length: SEEDS }, (_, index) => index + 1);

/** The first of `seeds` that breaks a rule, with its whole story; null when none does. */
export async function firstFailure(
  simulation: new (seed: number, profile: Profile) => { run(): Promise<void> },
  profile: Profile,
  seeds: readonly number[],
): Promise<string | null> {
  for (const seed of seeds) {
    try {
      await new simulation(seed, profile).run();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
  return null;
}
