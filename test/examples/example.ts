/** An example that a document of one of the systems gives which this one replaces, and what becomes of it here. */
import type { World } from './world.ts';

/** How it works here: as it is written, otherwise, or not at all. */
export type Verdict = 'as written' | 'differently' | 'not';

/** See the head of the file. */
export interface Example {
  /** As the document has it, or the route that it names; ports and tokens aside. */
  readonly documented: string;
  readonly verdict: Verdict;
  /** What differs, and why; absent where nothing does. */
  readonly why?: string;
  /** Runs it; rejects where verdict and reason aren't true. */
  run(world: World): Promise<void>;
}

/** Rejects unless all that `expected` has is in `value` too. */
export function holds(value: unknown, expected: unknown, what: string): void {
  if (fits(value, expected)) return;
  throw new Error(`${what}: ${JSON.stringify(value)} where ${JSON.stringify(expected)} should be`);
}

function fits(value: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return Object.is(value, expected);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(expected).every(([name, part]) => fits(Reflect.get(value, name), part));
}
