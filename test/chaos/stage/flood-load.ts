/** A flood as a process of its own (bench/load/steps.ts): whoever measures others isn't kept busy by it. */
import { answerSteps } from '../../../bench/load/steps.ts';
import { Flood, type FloodOptions } from './flood.ts';

let flood: Flood | null = null;

function opened(): Flood {
  if (flood === null) throw new Error('nothing is open');
  return flood;
}

/** What came back, by code, and what the checker has to say. */
export interface Flooded {
  readonly acknowledged: number;
  readonly overloaded: number;
  /** Refusals of what had waited too long for a commit (docs/SPEC.md, LOG-32). */
  readonly unavailable: number;
  /** Other refusals, what the contract doesn't know, and connections that ended. */
  readonly improper: number;
  readonly findings: readonly string[];
}

const steps = {
  open: async (options: FloodOptions): Promise<void> => {
    flood = await Flood.open(options);
  },
  /** Sends everything, and resolves when all of it is acknowledged. */
  pour: async (): Promise<Flooded> => {
    opened().pour();
    const { findings } = await opened().settle();
    const { acknowledged, refusals, improper, ended } = opened().answers;
    const refused = [...refusals.values()].reduce((sum, count) => sum + count, 0);
    const overloaded = refusals.get('overloaded') ?? 0;
    const unavailable = refusals.get('unavailable') ?? 0;
    return {
      ...{ acknowledged, overloaded, unavailable },
      improper: improper + ended + refused - overloaded - unavailable,
      findings: findings.map(({ what, detail }) => `${what}: ${detail}`),
    };
  },
};

/** The steps of this load. */
export type FloodSteps = typeof steps;

await answerSteps(steps);
