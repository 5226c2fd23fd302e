/** What may be done with a report as it stands: the same in memory and in PostgreSQL. */
import { type AuditAct, actBy } from '../protocol/audit-act.ts';
import { failure } from '../protocol/errors.ts';
import type { HandledReport, Report, ReportResolution, ReportWork } from '../protocol/reports.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';

/** The report after the work, with its act; where nothing is to be done, without. */
export interface Worked extends HandledReport {
  readonly act: AuditAct | null;
}

export const NO_REPORT = failure('not_found', 'no such report');
export const NO_MESSAGE = failure('not_found', 'no such message');
export const OWN_MESSAGE = failure('bad_request', 'your own message: delete it');
/** Somebody else was faster. */
export const CHANGED_MEANWHILE = failure('conflict', 'somebody else works on this report');

/** Whether the report is there for who works on it. */
export function isTheirs(report: Report, { channelId, by }: ReportWork): boolean {
  return (channelId === undefined || report.channelId === channelId) && report.message.author.id !== by.id;
}

/** `report` is taken on. */
export function claimed(report: Report, work: ReportWork): Result<Worked> {
  const { by } = work;
  if (report.state === 'resolved') return fail(failure('conflict', 'this report is resolved'));
  if (report.state === 'open') {
    const next: Report = { ...report, state: 'claimed', claimedBy: { id: by.id, name: by.name } };
    return ok({ report: next, duplicate: false, act: actOn(report, work, 'report:claimed') });
  }
  return report.claimedBy?.id === by.id ? unchanged(report) : fail(CHANGED_MEANWHILE);
}

/** `report` is resolved. */
export function resolved(report: Report, resolution: ReportResolution): Result<Worked> {
  const { by, at, outcome, note } = resolution;
  if (report.state === 'resolved') {
    const isSame = report.resolvedBy?.id === by.id && report.outcome === outcome && report.note === note;
    return isSame ? unchanged(report) : fail(failure('conflict', 'this report is resolved'));
  }
  const next: Report = {
    ...{ ...report, state: 'resolved', resolvedBy: { id: by.id, name: by.name }, resolvedAt: at, outcome },
    ...(note === undefined ? {} : { note }),
  };
  const act = { ...actOn(report, resolution, 'report:resolved'), after: { outcome } };
  return ok({ report: next, duplicate: false, act: note === undefined ? act : { ...act, reason: note } });
}

function unchanged(report: Report): Result<Worked> {
  return ok({ report, duplicate: true, act: null });
}

function actOn({ id, channelId, state }: Report, { by, at }: ReportWork, action: string): AuditAct {
  const act = actBy(by, at, { action, target: { kind: 'report', id }, before: { state } });
  return { ...act, channel: channelId };
}
