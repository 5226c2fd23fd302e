/**
 * The load as a process of its own: takes its plan as one JSON argument, says `{"event":"ready"}` when everyone is
 * in, starts on the first line from standard input, and ends with one JSON line, its result.
 */
import { once } from 'node:events';
import { postgresCpuSeconds, processCpuSeconds } from '../process-cpu.ts';
import { LoadRun, type LoadOutcome, type LoadPlan } from './load-run.ts';

/** The plan, and whose CPU time to take at the first send and at the end. */
export interface LoadAssignment extends LoadPlan {
  readonly serverPid: number;
  /** Where the server's PostgreSQL keeps its data; null when it has none. */
  readonly dataFolder: string | null;
}

/** The outcome with CPU times in seconds; `loadCpuShare` is of one core. */
export interface LoadResult extends LoadOutcome {
  readonly event: 'result';
  readonly serverCpu: number;
  readonly postgresCpu: number | null;
  readonly loadCpuShare: number;
}

interface CpuTimes {
  readonly server: number;
  readonly postgres: number;
  readonly load: number;
}

function cpuTimes(assignment: LoadAssignment): CpuTimes {
  return {
    server: processCpuSeconds(assignment.serverPid),
    postgres: assignment.dataFolder === null ? 0 : postgresCpuSeconds(assignment.dataFolder),
    load: processCpuSeconds(process.pid),
  };
}

const assignment = JSON.parse(process.argv[2] ?? '{}') as LoadAssignment;
const run = new LoadRun(assignment);
await run.connect();
process.stdout.write('{"event":"ready"}\n');
await once(process.stdin, 'data');
process.stdin.pause();
await run.warmUp();
const before = cpuTimes(assignment);
const outcome = await run.send();
const after = cpuTimes(assignment);
const result: LoadResult = {
  event: 'result',
  ...outcome,
  serverCpu: after.server - before.server,
  postgresCpu: assignment.dataFolder === null ? null : after.postgres - before.postgres,
  loadCpuShare: ((after.load - before.load) * 1_000) / outcome.elapsedMs,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
run.close();
