/** The checker: a history goes in, everything comes out that broke a promise (docs/SPEC.md, VERIFY rules). Pure. */
import { checkLog, checkOrder } from './check-log.ts';
import { checkView } from './check-view.ts';
import { checkWhispers } from './check-whispers.ts';
import type { Finding } from './finding.ts';
import { gather, type Gathered, type Operation } from './gather.ts';
import type { HistoryRecord, LoggedMessage } from './history-record.ts';
import { inboxKey, isInbox } from './inbox-key.ts';

/** What was looked at, of channels or of inboxes. */
export interface LogCounts {
  /** Channels or inboxes that were read back. */
  readonly logs: number;
  /** Messages that clients were told to send; each is one of the following three. */
  readonly invoked: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly unknown: number;
  /** Of those acknowledged: an earlier try had landed. */
  readonly duplicates: number;
  /** In the logs: a whisper is in two, or in one if it is a note to oneself. */
  readonly logged: number;
  /** Over all clients. */
  readonly shown: number;
}

/** What was looked at: channels' messages, and whispers. */
export interface HistoryCounts extends LogCounts {
  readonly whispers: LogCounts;
  readonly observers: number;
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

function findingsOf({ operations, views, logs, floors, contradictions }: Gathered): Finding[] {
  const operationsOf = Map.groupBy(
    operations.flatMap((operation) => logsOf(operation).map((key) => ({ key, operation }))),
    ({ key }) => key,
  );
  const viewsOf = Map.groupBy(views, ({ channelId }) => channelId);
  const channels = new Set([...logs.keys(), ...operationsOf.keys(), ...viewsOf.keys()]);
  const findings: Finding[] = contradictions.map((detail) => ({ what: 'contradiction', detail }));
  findings.push(...checkOrder(operations));
  for (const channelId of channels) {
    const log = logs.get(channelId);
    const seenBy = viewsOf.get(channelId) ?? [];
    const sent = (operationsOf.get(channelId) ?? []).map(({ operation }) => operation);
    const floor = floors.get(channelId) ?? 1;
    if (log !== undefined) findings.push(...checkLog(channelId, log, sent, floor));
    else if (seenBy.length > 0 || sent.some(({ outcome }) => outcome?.type !== 'failed')) {
      findings.push({ what: 'unread', detail: `${channelId}: its log was not read back` });
    }
    const known = bySeq(log ?? seenBy.flatMap(({ shown }) => shown));
    const head = Math.max(0, ...known.keys());
    for (const view of seenBy)
      findings.push(...checkView(view, known, { head, floor, complete: log !== undefined }));
  }
  return [...findings, ...checkWhispers(logs, operations)];
}

/** Into which logs it puts something: a whisper into two, unless it is a note to oneself. */
function logsOf({ channelId, to }: Operation): readonly string[] {
  return [...new Set([channelId, ...(to === undefined ? [] : [inboxKey(to)])])];
}

/** The first one at each place. */
function bySeq(messages: readonly LoggedMessage[]): Map<number, LoggedMessage> {
  const known = new Map<number, LoggedMessage>();
  for (const message of messages) if (!known.has(message.seq)) known.set(message.seq, message);
  return known;
}

function countsOf(gathered: Gathered): HistoryCounts {
  return {
    ...countsOfLogs(gathered, (channelId) => !isInbox(channelId)),
    whispers: countsOfLogs(gathered, isInbox),
    observers: new Set(gathered.views.map(({ observer }) => observer)).size,
    resumes: gathered.resumes,
  };
}

function countsOfLogs(gathered: Gathered, counts: (channelId: string) => boolean): LogCounts {
  const logs = [...gathered.logs].filter(([channelId]) => counts(channelId));
  const operations = gathered.operations.filter(({ channelId }) => counts(channelId));
  const views = gathered.views.filter(({ channelId }) => counts(channelId));
  const outcomes = operations.map(({ outcome }) => outcome);
  const sum = (lengths: readonly number[]): number => lengths.reduce((total, length) => total + length, 0);
  return {
    logs: logs.length,
    invoked: operations.length,
    acknowledged: outcomes.filter((outcome) => outcome?.type === 'ok').length,
    failed: outcomes.filter((outcome) => outcome?.type === 'failed').length,
    unknown: outcomes.filter((outcome) => outcome === null).length,
    duplicates: outcomes.filter((outcome) => outcome?.type === 'ok' && outcome.duplicate).length,
    logged: sum(logs.map(([, log]) => log.length)),
    shown: sum(views.map(({ shown }) => shown.length)),
  };
}
