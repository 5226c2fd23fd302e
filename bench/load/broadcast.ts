/** Rooms full of people who write by the clock, as a process of its own (bench/load/steps.ts). */
import { CpuMeter, type CpuUse, type MeasuredServer } from './cpu-meter.ts';
import { LoadRun, type LoadOutcome, type LoadPlan } from './load-run.ts';
import { answerSteps } from './steps.ts';

/** How much to send, and whose CPU time to take from the first send to the last delivery. */
export interface BroadcastTask {
  readonly messages: number;
  readonly measured: MeasuredServer;
}

/** The outcome with CPU times in seconds. */
export interface BroadcastResult extends LoadOutcome, CpuUse {}

let run: LoadRun | null = null;

const steps = {
  /** Brings everyone into their rooms. */
  connect: async (plan: LoadPlan): Promise<void> => {
    run = new LoadRun(plan);
    await run.connect();
  },
  /** Sends. Also what isn't counted goes this way, so that no server is measured cold. */
  send: async ({ messages, measured }: BroadcastTask): Promise<BroadcastResult> => {
    if (run === null) throw new Error('nobody is connected');
    const meter = new CpuMeter(measured);
    const outcome = await run.send(messages);
    return { ...outcome, ...meter.use() };
  },
};

/** The steps of this load. */
export type BroadcastSteps = typeof steps;

await answerSteps(steps);
