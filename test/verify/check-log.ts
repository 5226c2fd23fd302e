/** Holds one log, as it was read back, against what was sent into it. */
import type { Finding } from './finding.ts';
import { messageKey, type Operation } from './gather.ts';
import type { LoggedMessage } from './history-record.ts';

/**
 * Everything that is wrong in `log`; `operations` are those that put something into it, in the order of their invocation:
 * into an inbox also the whispers to its owner. Below `floor` anything may have been removed.
 */
export function checkLog(
  channelId: string,
  log: readonly LoggedMessage[],
  operations: readonly Operation[],
  floor = 1,
): Finding[] {
  return [
    ...numbering(channelId, log, floor),
    ...repetitions(channelId, log),
    ...origins(channelId, log, operations),
    ...acknowledgements(channelId, log, operations, floor),
  ];
}

/**
 * Whether acknowledged messages stand in an order that can be: behind everything that was known when they were invoked,
 * and those of one client, to one recipient, in the order in which they were handed to it. Needs no log.
 */
export function checkOrder(operations: readonly Operation[]): Finding[] {
  const findings: Finding[] = [];
  const latest = new Map<string, number>();
  for (const { channelId, sender, to, clientMessageId, floor, repeated, outcome } of operations) {
    if (outcome?.type !== 'ok' || repeated) continue;
    const lane = JSON.stringify([channelId, sender, to]);
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

function numbering(channelId: string, log: readonly LoggedMessage[], floor: number): Finding[] {
  return log.flatMap(({ seq }, index): Finding[] => {
    const due = (log[index - 1]?.seq ?? 0) + 1;
    if (seq === due || (seq > due && seq <= floor)) return [];
    return [{ what: 'gap', detail: `${channelId}: ${seq} stands in the log where ${due} is due` }];
  });
}

function repetitions(channelId: string, log: readonly LoggedMessage[]): Finding[] {
  const seen = new Map<string, number>();
  const findings: Finding[] = [];
  for (const message of log) {
    const { seq, id, clientMessageId } = message;
    const keys = [
      ...(id === null ? [] : [`id ${id}`]),
      ...(clientMessageId === null ? [] : [`key ${messageKey(message)}`]),
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
  const byKey = Map.groupBy(operations, messageKey);
  const byClientMessageId = new Map(operations.map((sent) => [sent.clientMessageId, sent]));
  return log.flatMap((message): Finding[] => {
    const where = `${channelId}: ${message.seq}`;
    const origins = byKey.get(messageKey(message));
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
    const people = ({ authorId, to }: Pick<LoggedMessage, 'authorId' | 'to'>): string =>
      String(authorId) + (to === undefined ? '' : ` to ${to}`);
    const detail = `${where} has the author ${people(message)}, and was sent by ${people(sent)}`;
    return [{ what: 'altered', detail }];
  });
}

function acknowledgements(
  channelId: string,
  log: readonly LoggedMessage[],
  operations: readonly Operation[],
  floor: number,
): Finding[] {
  const byKey = new Map(log.map((message) => [messageKey(message), message]));
  const byId = new Map(log.map((message) => [message.id, message]));
  return operations.flatMap((operation): Finding[] => {
    const { outcome } = operation;
    // A whisper's place in its recipient's inbox isn't told.
    if (outcome?.type !== 'ok' || operation.channelId !== channelId) return [];
    const where = `${channelId}: ${operation.clientMessageId}, acknowledged as ${outcome.seq}`;
    const message = byKey.get(messageKey(operation)) ?? byId.get(outcome.id);
    if (message === undefined) {
      return outcome.seq < floor ? [] : [{ what: 'lost', detail: `${where}, is not in the log` }];
    }
    if (message.seq !== outcome.seq) return [{ what: 'misplaced', detail: `${where}, is ${message.seq}` }];
    if (message.id !== outcome.id) {
      return [{ what: 'misplaced', detail: `${where} with the id ${outcome.id}, is ${String(message.id)}` }];
    }
    return [];
  });
}
