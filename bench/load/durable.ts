/** Senders that wait for their acks, as a process of its own (bench/load/steps.ts). */
import { CpuMeter, type CpuUse, type MeasuredServer } from './cpu-meter.ts';
import { type DurableCheck, type DurableOutcome, type DurablePlan, DurableRun } from './durable-run.ts';
import { answerSteps } from './steps.ts';

/** How to send, for how long, and whose CPU time to take meanwhile. */
export interface DurableTask {
  readonly outstanding: number;
  readonly ms: number;
  readonly measured: MeasuredServer;
}

/** The outcome with CPU times in seconds. */
export interface DurableResult extends DurableOutcome, CpuUse {}

let run: DurableRun | null = null;

function connected(): DurableRun {
  if (run === null) throw new Error('nobody is connected');
  return run;
}

const steps = {
  /** Brings everyone into their channels. */
  connect: async (plan: DurablePlan): Promise<void> => {
    run = new DurableRun(plan);
    await run.connect();
  },
  /** Sends for some time. */
  send: async ({ outstanding, ms, measured }: DurableTask): Promise<DurableResult> => {
    const meter = new CpuMeter(measured);
    const outcome = await connected().send(outstanding, ms);
    return { ...outcome, ...meter.use() };
  },
  /** Holds the logs against what was acknowledged. */
  check: async (): Promise<DurableCheck> => connected().check(),
};

/** The steps of this load. */
export type DurableSteps = typeof steps;

await answerSteps(steps);
