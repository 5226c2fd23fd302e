/** Reads what the server and its process tell of a moment. */
import { residentBytes } from '../process-memory.ts';
import { parseMetrics, type Sample } from '../server-metrics.ts';
import type { FamilyName, Measured } from './figure.ts';
import { databaseConnections, openFiles, threadCount } from './process-handles.ts';

const MEGABYTE = 1_024 ** 2;
const MS = 1_000;

/** What of a page of metrics is looked at. Throws when it doesn't tell of connections, and so is of another server. */
export function measuredOf(samples: readonly Sample[]): Measured[] {
  const measured: Measured[] = [];
  let connections: number | null = null;
  const take = (family: FamilyName, thread: string, value: number) =>
    measured.push({ family, thread, value });
  for (const { name, labels, value } of samples) {
    const thread = labels['thread'] ?? 'main';
    if (name === 'hubbub_nodejs_heap_size_used_bytes' || name === 'hubbub_thread_heap_used_bytes') {
      take('heap', thread, value / MEGABYTE);
    } else if (name === 'hubbub_nodejs_external_memory_bytes' || name === 'hubbub_thread_external_bytes') {
      take('external', thread, value / MEGABYTE);
    } else if (name === 'hubbub_event_loop_lag_seconds' && labels['quantile'] === '0.99') {
      take('lag', thread, value * MS);
    } else if (name === 'hubbub_connections') connections = (connections ?? 0) + value;
    else if (name === 'hubbub_actors') take('channels', thread, value);
  }
  if (connections === null) throw new Error('/metrics tells no connections');
  return [...measured, { family: 'connections', thread: null, value: connections }];
}

/** What the server at `origin` tells. Rejects when it doesn't. */
export async function readServer(origin: string): Promise<Measured[]> {
  const answer = await fetch(`${origin}/metrics`);
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new Error(`/metrics answered ${answer.status}`);
  }
  return measuredOf(parseMetrics(await answer.text()));
}

/** What Linux tells of the server's process and of its PostgreSQL over `dataFolder`. Throws when the process is gone. */
export function readProcess(pid: number, dataFolder: string): Measured[] {
  const database = databaseConnections(dataFolder);
  return [
    { family: 'resident', thread: null, value: residentBytes(pid) / MEGABYTE },
    { family: 'files', thread: null, value: openFiles(pid) - database },
    { family: 'threads', thread: null, value: threadCount(pid) },
    { family: 'database', thread: null, value: database },
  ];
}
