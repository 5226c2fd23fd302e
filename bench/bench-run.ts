/** Rounds of scenarios, one after another, and what they come to. */
import type { Line } from './report/results.ts';
import type { Scenario } from './scenarios/scenario.ts';

/** What to run. */
export interface BenchPlan {
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  readonly quick: boolean;
  /** Only these servers; null: those that each scenario is for. */
  readonly servers: readonly string[] | null;
  /** Aborted: no further round begins. */
  readonly signal: AbortSignal;
}

const FAILED = 'failed: ';

/** Told as it goes, for people who wait. */
export type Progress = (text: string) => void;

/** A scenario with the lines of all of its rounds. */
export interface MeasuredScenario {
  readonly scenario: Scenario;
  readonly lines: readonly Line[];
}

/** Servers of a scenario: those that its promises refer to, or of all that it knows the ones that were asked for. */
export function serversOf(scenario: Scenario, asked: BenchPlan['servers']): readonly string[] {
  const { servers, otherServers = [] } = scenario;
  if (asked === null) return servers;
  return [...servers, ...otherServers].filter((server) =>
    asked.some((name) => server === name || server.startsWith(`${name}, `)),
  );
}

/**
 * Runs everything; servers take turns within a round, so that what changes on the machine meanwhile meets all of them. A
 * round that fails is told as void and doesn't end the run.
 */
export async function runBench(plan: BenchPlan, progress: Progress): Promise<readonly MeasuredScenario[]> {
  const lines = new Map<Scenario, Line[]>(plan.scenarios.map((scenario) => [scenario, []]));
  for (let round = 1; round <= plan.rounds; round += 1) {
    for (const [scenario, told] of lines) {
      if (round > 1 && scenario.isOnce === true) continue;
      for (const server of serversOf(scenario, plan.servers)) {
        if (plan.signal.aborted) break;
        progress(`round ${round} of ${plan.rounds}: ${scenario.title}, ${server} … `);
        const startMs = performance.now();
        const measured = await measureOnce(scenario, server, plan.quick);
        told.push(...measured);
        progress(`${seconds(performance.now() - startMs)}${measured.map(summary).join('')}\n`);
      }
    }
  }
  return [...lines].map(([scenario, told]) => ({ scenario, lines: told }));
}

/** Whether a round failed, rather than being void for what it measured. */
export function hasFailed(measured: readonly MeasuredScenario[]): boolean {
  return measured.some(({ lines }) => lines.some((line) => line.void?.startsWith(FAILED) === true));
}

async function measureOnce(scenario: Scenario, server: string, quick: boolean): Promise<readonly Line[]> {
  const failed = (why: string): readonly Line[] => [{ load: scenario.title, server, figures: {}, void: why }];
  const obstacle = scenario.obstacle?.() ?? null;
  if (obstacle !== null) return failed(obstacle);
  try {
    return await scenario.measure({ server, quick });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    // A server's last output may come with it; its first line says what happened.
    return failed(`${FAILED}${(why.split('\n')[0] ?? '').slice(0, 200)}`);
  }
}

function summary({ load, figures, void: reason }: Line): string {
  const told = Object.entries(figures).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
  return `\n  ${load}: ${[...(reason === undefined ? [] : [`VOID (${reason})`]), ...told].join(', ')}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(0)} s`;
}
