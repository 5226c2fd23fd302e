/** Storms of clients, as a process of its own (bench/load/steps.ts). */
import { CpuMeter, type CpuUse, type MeasuredServer } from './cpu-meter.ts';
import { answerSteps } from './steps.ts';
import { type StormOutcome, type StormPlan, StormRun } from './storm-run.ts';

/** What the last page has set off (presence, garbage) still counts for so long, ms. */
const TAIL_MS = 1_000;

/** The outcome with CPU times in seconds; the load's is without the tail. */
export interface StormResult extends StormOutcome, CpuUse {}

let run: StormRun | null = null;

function prepared(): StormRun {
  if (run === null) throw new Error('nothing is prepared');
  return run;
}

const steps = {
  prepare: async (plan: StormPlan): Promise<void> => {
    run = new StormRun(plan);
  },
  /** Writes so many messages more into every channel. */
  write: async (messages: number): Promise<void> => prepared().write(messages),
  /** Everyone comes at once; `spread`: as the SDK comes back. */
  storm: async ({
    spread = false,
    ...measured
  }: MeasuredServer & { readonly spread?: boolean }): Promise<StormResult> => {
    const meter = new CpuMeter(measured);
    const outcome = await prepared().storm(spread);
    const { loadCpu } = meter.use();
    await new Promise((resolve) => setTimeout(resolve, TAIL_MS));
    return { ...outcome, ...meter.use(), loadCpu };
  },
  /** Everyone's connection breaks at once. */
  cut: async (): Promise<void> => prepared().cut(),
  /** How many get the next message, right behind their page. */
  live: async (): Promise<number> => prepared().live(),
};

/** The steps of this load. */
export type StormSteps = typeof steps;

await answerSteps(steps);
