/** Holds the records of a kill check against the logs (docs/SPEC.md, KILL rules). */
import type { KillRecords, LoggedMessage, SendRecord, ViewRecord } from './records.ts';

/** Something that must not be. */
export interface Finding {
  readonly what: 'gap' | 'duplicate' | 'foreign' | 'lost' | 'altered' | 'order' | 'missed';
  readonly detail: string;
}

/**
 * Every promise that the records show broken; empty when all were kept:
 * - a log's numbers are 1, 2, 3, …; no id and no (author, clientMessageId) is there twice, so what has an unknown
 *   outcome is there once or not at all; nothing is there that nobody sent, and nothing with another text;
 * - what was acknowledged stands at the place that was told, and what was shown stands where it was shown;
 * - every client was shown a dense run of the log, from its start and to its end if it was there then.
 */
export function checkRecords(records: KillRecords): Finding[] {
  const findings: Finding[] = [];
  for (const [channelId, log] of records.logs) {
    const sends = records.sends.filter((send) => send.channelId === channelId);
    findings.push(
      ...numbering(channelId, log),
      ...repetitions(channelId, log),
      ...origins(channelId, log, sends),
    );
  }
  const bySeq = new Map(
    [...records.logs].map(([id, log]) => [id, new Map(log.map((message) => [message.seq, message]))]),
  );
  for (const send of records.sends) findings.push(...acknowledgement(send, bySeq.get(send.channelId)));
  for (const view of records.views) {
    const log = bySeq.get(view.channelId) ?? new Map<number, LoggedMessage>();
    findings.push(...runOf(view, Math.max(0, ...log.keys())), ...contentOf(view, log));
  }
  return findings;
}

function numbering(channelId: string, log: readonly LoggedMessage[]): Finding[] {
  return log.flatMap(({ seq }, index) =>
    seq === index + 1
      ? []
      : [{ what: 'gap' as const, detail: `${channelId}: ${seq} stands at place ${index + 1}` }],
  );
}

function repetitions(channelId: string, log: readonly LoggedMessage[]): Finding[] {
  const seen = new Map<string, number>();
  const findings: Finding[] = [];
  for (const { seq, id, authorId, clientMessageId } of log) {
    for (const key of [`id ${String(id)}`, `key ${sendKey(authorId, clientMessageId)}`]) {
      const before = seen.get(key);
      if (before === undefined) seen.set(key, seq);
      else findings.push({ what: 'duplicate', detail: `${channelId}: ${seq} has the ${key} of ${before}` });
    }
  }
  return findings;
}

function origins(channelId: string, log: readonly LoggedMessage[], sends: readonly SendRecord[]): Finding[] {
  const sent = new Map(sends.map((send) => [sendKey(send.authorId, send.clientMessageId), send]));
  return log.flatMap((message): Finding[] => {
    const origin = sent.get(sendKey(message.authorId, message.clientMessageId));
    const where = `${channelId}: ${message.seq}`;
    if (origin === undefined) return [{ what: 'foreign', detail: `${where} was sent by nobody` }];
    if (origin.content === message.content) return [];
    return [{ what: 'altered', detail: `${where} has another text than was sent` }];
  });
}

function acknowledgement(send: SendRecord, log: ReadonlyMap<number, LoggedMessage> | undefined): Finding[] {
  const { acknowledged, channelId } = send;
  if (acknowledged === null) return [];
  const message = log?.get(acknowledged.seq);
  const own =
    message?.id === acknowledged.id &&
    message.authorId === send.authorId &&
    message.clientMessageId === send.clientMessageId;
  if (own) return [];
  return [
    { what: 'lost', detail: `${channelId}: ${send.clientMessageId}, acknowledged as ${acknowledged.seq}` },
  ];
}

/** Whether the view is a dense run, from the start and to the end where it has to be. */
function runOf(view: ViewRecord, head: number): Finding[] {
  const where = `${view.observer} in ${view.channelId}`;
  const findings: Finding[] = [];
  view.shown.forEach(({ seq }, index) => {
    const before = view.shown[index - 1]?.seq;
    const due = before === undefined ? (view.fromStart ? 1 : seq) : before + 1;
    if (seq !== due)
      findings.push({ what: 'order', detail: `${where} was shown ${seq} where ${due} was due` });
  });
  const last = view.shown.at(-1)?.seq ?? 0;
  if (view.toEnd && last < head) {
    findings.push({ what: 'missed', detail: `${where} was shown no more than ${last} of ${head}` });
  }
  if (view.gaps > 0) findings.push({ what: 'missed', detail: `${where} was told of ${view.gaps} gaps` });
  return findings;
}

function contentOf(view: ViewRecord, log: ReadonlyMap<number, LoggedMessage>): Finding[] {
  return view.shown.flatMap((shown): Finding[] => {
    const message = log.get(shown.seq);
    const where = `${view.channelId}: ${shown.seq}, shown to ${view.observer}`;
    if (message === undefined) return [{ what: 'lost', detail: `${where}, is not in the log` }];
    const same =
      shown.id === message.id &&
      shown.authorId === message.authorId &&
      shown.clientMessageId === message.clientMessageId &&
      shown.content === message.content;
    return same ? [] : [{ what: 'altered', detail: `${where}, is another message in the log` }];
  });
}

function sendKey(authorId: string | null, clientMessageId: string | null): string {
  return JSON.stringify([authorId, clientMessageId]);
}
