/** Does with reports what a channel wants done. */
import type { ReportAnswer, ReportTask } from '../channel/effects.ts';
import type { Failure } from '../protocol/errors.ts';
import type { ReportStore } from '../protocol/reports.ts';
import type { Result } from '../protocol/result.ts';

/** The store's answer to `task`. */
export async function carryOut(
  store: ReportStore,
  task: ReportTask,
): Promise<Result<Exclude<ReportAnswer, Failure>>> {
  switch (task.do) {
    case 'file':
      return store.file(task.report);
    case 'list':
      return store.list(task.query);
    case 'claim':
      return store.claim(task.work);
    case 'resolve':
      return store.resolve(task.resolution);
  }
}
