/** A fault that is done to a running server, and what has to hold all the same. */
import type { Random } from '../sim/random.ts';
import type { ChaosPostgres } from './stage/chaos-postgres.ts';

/** One thing that was looked at. */
export interface Check {
  /** What has to hold, with its bound. */
  readonly what: string;
  /** What was seen, with its unit. */
  readonly measured: string;
  readonly held: boolean;
}

/** What a fault gets from the run. */
export interface FaultContext {
  /** Every fault has a PostgreSQL for itself while it runs, up and empty at its begin. */
  readonly postgres: ChaosPostgres;
  /** Of this fault's own, so that what runs before it doesn't matter. */
  readonly seed: number;
  readonly random: Random;
  /** Told of each step. */
  readonly onStep: (text: string) => void;
}

/** One row of the table. */
export interface Fault {
  /** How `--fault` calls it. */
  readonly name: string;
  /** What is done. */
  readonly what: string;
  /** Does it. Rejects when the server, or what it depends on, doesn't come back: that counts as not held. */
  run(context: FaultContext): Promise<readonly Check[]>;
}
