/** The crowd of a soak, as a process of its own (bench/load/steps.ts). */
import { answerSteps } from '../../load/steps.ts';
import { type CrowdPlan, type CrowdReading, SoakCrowd } from './soak-crowd.ts';

let crowd: SoakCrowd | null = null;

function hasCome(): boolean {
  return crowd !== null;
}

function prepared(): SoakCrowd {
  if (crowd === null) throw new Error('nobody has come');
  return crowd;
}

const steps = {
  /** Brings the clients in. */
  come: async (plan: CrowdPlan): Promise<void> => {
    crowd = new SoakCrowd(plan);
    await crowd.come();
  },
  /** Begins to write, to break off and to visit. */
  start: async (): Promise<void> => prepared().start(),
  read: async (): Promise<CrowdReading> => prepared().read(),
  /** Everyone leaves. */
  leave: async (): Promise<CrowdReading> => prepared().leave(),
};

/** The steps of this load. */
export type SoakSteps = typeof steps;

await answerSteps(steps);
// Whoever led it is gone: what is still connected would keep it alive.
if (hasCome()) prepared().cut();
