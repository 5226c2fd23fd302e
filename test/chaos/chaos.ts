/** Does faults to servers, one after another, and tells what held. */
import { ChatError } from '../../src/client/chat-error.ts';
import { isEnding } from '../../bench/left-behind.ts';
import { Random } from '../sim/random.ts';
import type { Check, Fault, FaultContext } from './fault.ts';
import { startChaosPostgres } from './stage/chaos-postgres.ts';

/** What came of a fault. */
export interface Outcome {
  readonly fault: Fault;
  readonly checks: readonly Check[];
  /** How long it took, ms. */
  readonly ms: number;
}

/** Does `faults` in their order. What goes wrong with one of them is its outcome, and the others are done all the same. */
export async function chaos(
  faults: readonly Fault[],
  seed: number,
  onStep: (text: string) => void,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const fault of faults) {
    if (isEnding()) break;
    onStep(`${fault.name}: ${fault.what}`);
    const begun = performance.now();
    const checks = await suffered(fault, seedOf(fault, seed), (text) => onStep(`  ${text}`));
    outcomes.push({ fault, checks, ms: performance.now() - begun });
  }
  return outcomes;
}

/** Whether all of an outcome's checks held. */
export function held({ checks }: Outcome): boolean {
  return checks.length > 0 && checks.every((check) => check.held);
}

async function suffered(
  fault: Fault,
  seed: number,
  onStep: FaultContext['onStep'],
): Promise<readonly Check[]> {
  const postgres = await startChaosPostgres();
  try {
    return await fault.run({ postgres, seed, random: new Random(seed), onStep });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const problem = error instanceof ChatError ? `${error.code}, ${error.message}` : error.message;
    return [{ what: 'the run comes to its end', measured: problem, held: false }];
  } finally {
    await postgres.remove();
  }
}

/** Each fault's own, so that one alone goes as it does among the others. */
function seedOf({ name }: Fault, seed: number): number {
  let mixed = seed;
  for (const letter of name) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193);
  return mixed >>> 0;
}
