/** The checker: a history goes in, everything comes out that broke a promise (docs/SPEC.md, VERIFY rules). Pure. */
import { checkLog, checkOrder } from './check-log.ts';
import { checkView } from './check-view.ts';
import type { Finding } from './finding.ts';
import { gather, type Gathered, type View } from './gather.ts';
import type { HistoryRecord, LoggedMessage } from './history-record.ts';

/** What was looked at. */
export interface HistoryCounts {
  readonly channels: number;
  /** Messages that clients were told to send; each is one of the following three. */
  readonly invoked: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly unknown: number;
  /** Of those acknowledged: an earlier try had landed. */
  readonly duplicates: number;
  /** In the logs. */
  readonly logged: number;
  readonly observers: number;
  /** Over all clients. */
  readonly shown: number;
  readonly resumes: number;
}

/** What came of a check. */
export interface Verdict {
  readonly counts: HistoryCounts;
  /** Empty: every promise was kept. */
  readonly findings: readonly Finding[];
}

/** Checks a whole history. Nothing but `records` is looked at. */
export function checkHistory(records: Iterable<HistoryRecord>): Verdict {
  const gathered = gather(records);
  return { counts: countsOf(gathered), findings: findingsOf(gathered) };
}

function findingsOf({ operations, views, logs, contradictions }: Gathered): Finding[] {
  const operationsOf = Map.groupBy(operations, ({ channelId }) => channelId);
  const viewsOf = Map.groupBy(views, ({ channelId }) => channelId);
  const channels = new Set([...logs.keys(), ...operationsOf.keys(), ...viewsOf.keys()]);
  const findings: Finding[] = contradictions.map((detail) => ({ what: 'contradiction', detail }));
  findings.push(...checkOrder(operations));
  for (const channelId of channels) {
    const log = logs.get(channelId);
    const seenBy = viewsOf.get(channelId) ?? [];
    if (log === undefined)
      findings.push({ what: 'unread', detail: `${channelId}: its log was not read back` });
    else findings.push(...checkLog(channelId, log, operationsOf.get(channelId) ?? []));
    const known = bySeq(log ?? seenBy.flatMap(({ shown }) => shown));
    const head = Math.max(0, ...known.keys());
    for (const view of seenBy) findings.push(...checkView(view, known, head, log !== undefined));
  }
  return findings;
}

/** The first one at each place. */
function bySeq(messages: readonly LoggedMessage[]): Map<number, LoggedMessage> {
  const known = new Map<number, LoggedMessage>();
  for (const message of messages) if (!known.has(message.seq)) known.set(message.seq, message);
  return known;
}

function countsOf({ operations, views, logs, resumes }: Gathered): HistoryCounts {
  const outcomes = operations.map(({ outcome }) => outcome);
  const sum = (lengths: readonly number[]): number => lengths.reduce((total, length) => total + length, 0);
  return {
    channels: logs.size,
    invoked: operations.length,
    acknowledged: outcomes.filter((outcome) => outcome?.type === 'ok').length,
    failed: outcomes.filter((outcome) => outcome?.type === 'failed').length,
    unknown: outcomes.filter((outcome) => outcome === null).length,
    duplicates: outcomes.filter((outcome) => outcome?.type === 'ok' && outcome.duplicate).length,
    logged: sum([...logs.values()].map((log) => log.length)),
    observers: new Set(views.map(({ observer }: View) => observer)).size,
    shown: sum(views.map(({ shown }) => shown.length)),
    resumes,
  };
}
