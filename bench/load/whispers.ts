/** Pairs who whisper to each other, as a process of its own (bench/load/steps.ts). */
import { CpuMeter, type CpuUse, type MeasuredServer } from './cpu-meter.ts';
import { answerSteps } from './steps.ts';
import {
  type ClockedOutcome,
  type ClosedOutcome,
  type WhisperCheck,
  type WhisperPlan,
  WhisperRun,
} from './whisper-run.ts';
import type { Writing } from './whisperer.ts';

/** What to write as fast as it is acknowledged, for how long, and whose CPU time to take meanwhile. */
export interface ClosedTask {
  readonly writing: Writing;
  readonly outstanding: number;
  readonly ms: number;
  readonly measured: MeasuredServer;
}

/** What to write by the clock, how many, and at which rate (1/s). */
export interface ClockedTask {
  readonly writing: Writing;
  readonly messages: number;
  readonly rate: number;
  readonly measured: MeasuredServer;
}

/** Outcomes with CPU times in seconds. */
export interface ClosedResult extends ClosedOutcome, CpuUse {}
export interface ClockedResult extends ClockedOutcome, CpuUse {}

let run: WhisperRun | null = null;

function connected(): WhisperRun {
  if (run === null) throw new Error('nobody is connected');
  return run;
}

const steps = {
  /** Brings everyone in. */
  connect: async (plan: WhisperPlan): Promise<void> => {
    run = new WhisperRun(plan);
    await run.connect();
  },
  closed: async ({ writing, outstanding, ms, measured }: ClosedTask): Promise<ClosedResult> => {
    const meter = new CpuMeter(measured);
    const outcome = await connected().closed(writing, outstanding, ms);
    return { ...outcome, ...meter.use() };
  },
  clocked: async ({ writing, messages, rate, measured }: ClockedTask): Promise<ClockedResult> => {
    const meter = new CpuMeter(measured);
    const outcome = await connected().clocked(writing, messages, rate);
    return { ...outcome, ...meter.use() };
  },
  /** Holds the inboxes against what was acknowledged. */
  check: async (): Promise<WhisperCheck> => connected().check(),
};

/** The steps of this load. */
export type WhisperSteps = typeof steps;

await answerSteps(steps);
