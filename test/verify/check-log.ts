/** Holds one channel's log, as it was read back, against what was sent into the channel. */
import type { Finding } from './finding.ts';
import { messageKey, type Operation } from './gather.ts';
import type { LoggedMessage } from './history-record.ts';

/** Everything that is wrong in `log`; `operations` are those of the channel, in the order of their invocation. */
export function checkLog(
  channelId: string,
  log: readonly LoggedMessage[],
  operations: readonly Operation[],
): Finding[] {
  return [
    ...numbering(channelId, log),
    ...repetitions(channelId, log),
    ...origins(channelId, log, operations),
    ...acknowledgements(channelId, log, operations),
  ];
}

/**
 * Whether acknowledged messages stand in an order that can be: behind everything that was known when they were invoked,
 * and those of one client in the order in which they were handed to it. Needs no log.
 */
export function checkOrder(operations: readonly Operation[]): Finding[] {
  const findings: Finding[] = [];
  const latest = new Map<string, number>();
  for (const { channelId, sender, clientMessageId, floor, repeated, outcome } of operations) {
    if (outcome?.type !== 'ok' || repeated) continue;
    const lane = JSON.stringify([channelId, sender]);
    const before = latest.get(lane) ?? 0;
    const where = `${channelId}: ${clientMessageId}, acknowledged as ${outcome.seq}`;
    if (outcome.seq <= floor) {
      findings.push({ what: 'order', detail: `${where}, was sent when ${floor} was known already` });
    } else if (outcome.seq <= before) {
      findings.push({ what: 'order', detail: `${where}, was sent by ${sender} behind ${before}` });
    }
    latest.set(lane, Math.max(before, outcome.seq));
  }
  return findings;
}

function numbering(channelId: string, log: readonly LoggedMessage[]): Finding[] {
  return log.flatMap(({ seq }, index): Finding[] =>
    seq === index + 1
      ? []
      : [{ what: 'gap', detail: `${channelId}: ${seq} stands at place ${index + 1} of the log` }],
  );
}

function repetitions(channelId: string, log: readonly LoggedMessage[]): Finding[] {
  const seen = new Map<string, number>();
  const findings: Finding[] = [];
  for (const { seq, id, authorId, clientMessageId } of log) {
    const keys = [
      ...(id === null ? [] : [`id ${id}`]),
      ...(clientMessageId === null ? [] : [`key ${messageKey(authorId, clientMessageId)}`]),
    ];
    for (const key of keys) {
      const before = seen.get(key);
      if (before === undefined) seen.set(key, seq);
      else findings.push({ what: 'duplicate', detail: `${channelId}: ${seq} has the ${key} of ${before}` });
    }
  }
  return findings;
}

function origins(
  channelId: string,
  log: readonly LoggedMessage[],
  operations: readonly Operation[],
): Finding[] {
  const byKey = Map.groupBy(operations, (sent) => messageKey(sent.authorId, sent.clientMessageId));
  const byClientMessageId = new Map(operations.map((sent) => [sent.clientMessageId, sent]));
  return log.flatMap((message): Finding[] => {
    const where = `${channelId}: ${message.seq}`;
    const origins = byKey.get(messageKey(message.authorId, message.clientMessageId));
    if (origins !== undefined) {
      const findings: Finding[] = [];
      if (!origins.some(({ content }) => content === message.content)) {
        findings.push({ what: 'altered', detail: `${where} has another text than was sent` });
      }
      if (origins.every(({ outcome }) => outcome?.type === 'failed')) {
        findings.push({
          what: 'refused',
          detail: `${where} is there, and its sender was told that it failed`,
        });
      }
      return findings;
    }
    const sent = byClientMessageId.get(message.clientMessageId ?? '');
    if (sent === undefined) return [{ what: 'foreign', detail: `${where} was sent by nobody` }];
    const detail = `${where} has the author ${String(message.authorId)}, and was sent by ${sent.authorId}`;
    return [{ what: 'altered', detail }];
  });
}

function acknowledgements(
  channelId: string,
  log: readonly LoggedMessage[],
  operations: readonly Operation[],
): Finding[] {
  const byKey = new Map(
    log.map((message) => [messageKey(message.authorId, message.clientMessageId), message]),
  );
  const byId = new Map(log.map((message) => [message.id, message]));
  return operations.flatMap(({ outcome, authorId, clientMessageId }): Finding[] => {
    if (outcome?.type !== 'ok') return [];
    const where = `${channelId}: ${clientMessageId}, acknowledged as ${outcome.seq}`;
    const message = byKey.get(messageKey(authorId, clientMessageId)) ?? byId.get(outcome.id);
    if (message === undefined) return [{ what: 'lost', detail: `${where}, is not in the log` }];
    if (message.seq !== outcome.seq) return [{ what: 'misplaced', detail: `${where}, is ${message.seq}` }];
    if (message.id !== outcome.id) {
      return [{ what: 'misplaced', detail: `${where} with the id ${outcome.id}, is ${String(message.id)}` }];
    }
    return [];
  });
}
