/** A crowd that does nothing, as a process of its own (bench/load/steps.ts). */
import { IdleCrowd, type IdlePlan, type IdleStanding } from './idle-crowd.ts';
import { answerSteps } from './steps.ts';

let crowd: IdleCrowd | null = null;

const steps = {
  /** Brings everyone in. */
  connect: async (plan: IdlePlan): Promise<IdleStanding> => {
    crowd = new IdleCrowd(plan);
    return crowd.connect();
  },
  /** Who is still there. */
  standing: async (): Promise<IdleStanding> => crowd?.standing ?? { open: 0, broken: 0 },
};

/** The steps of this load. */
export type IdleSteps = typeof steps;

await answerSteps(steps);
