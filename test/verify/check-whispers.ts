/** Holds the inboxes of two people against each other: a whisper is in both or in neither. */
import { differences, type Finding } from './finding.ts';
import type { Operation } from './gather.ts';
import type { LoggedMessage } from './history-record.ts';
import { inboxKey, isInbox } from './inbox-key.ts';

type Logs = ReadonlyMap<string, readonly LoggedMessage[]>;

/**
 * Everything that is wrong between inboxes: whispers that one of two has and the other hasn't, or has otherwise,
 * acknowledged ones that the recipient hasn't, or has in another order than they were sent. `logs` are those that were read
 * back; `operations` are all, in the order of their invocation.
 */
export function checkWhispers(logs: Logs, operations: readonly Operation[]): Finding[] {
  const inboxes = new Map([...logs].filter(([key]) => isInbox(key)).map(([key, log]) => [key, byId(log)]));
  return [...copies(inboxes), ...arrivals(inboxes, operations)];
}

/** By key of the inbox and id of the whisper. */
type Inboxes = ReadonlyMap<string, ReadonlyMap<string | null, LoggedMessage>>;

function byId(log: readonly LoggedMessage[]): ReadonlyMap<string | null, LoggedMessage> {
  return new Map(log.map((whisper) => [whisper.id, whisper]));
}

function copies(inboxes: Inboxes): Finding[] {
  return [...inboxes].flatMap(([key, inbox]) =>
    [...inbox.values()].flatMap((whisper): Finding[] => {
      const where = `${key}: ${whisper.seq}`;
      const ends = [whisper.authorId, whisper.to].map((userId) => inboxKey(userId ?? ''));
      if (!ends.includes(key))
        return [{ what: 'foreign', detail: `${where} is neither from nor to its owner` }];
      const otherKey = ends.find((end) => end !== key) ?? key;
      const other = inboxes.get(otherKey);
      // One that was not read back is told by itself.
      if (other === undefined) return [];
      const copy = other.get(whisper.id);
      if (copy === undefined)
        return [{ what: 'lost', detail: `${where}, ${String(whisper.id)}, is not in ${otherKey}` }];
      const members = differences(whisper, copy);
      if (members.length === 0) return [];
      return [{ what: 'altered', detail: `${where}, is another one in ${otherKey}: ${members.join(', ')}` }];
    }),
  );
}

function arrivals(inboxes: Inboxes, operations: readonly Operation[]): Finding[] {
  const latest = new Map<string, number>();
  return operations.flatMap(
    ({ to, sender, clientMessageId, outcome, recipientFloor, repeated }): Finding[] => {
      if (to === undefined || outcome?.type !== 'ok') return [];
      const inbox = inboxes.get(inboxKey(to));
      if (inbox === undefined) return [];
      const where = `${inboxKey(to)}: ${clientMessageId}, acknowledged to its sender as ${outcome.seq}`;
      const seq = inbox.get(outcome.id)?.seq;
      if (seq === undefined)
        return [{ what: 'lost', detail: `${where}, is not in the inbox of its recipient` }];
      // Sent again, it may have landed before.
      if (repeated) return [];
      const lane = JSON.stringify([sender, to]);
      const before = latest.get(lane) ?? 0;
      latest.set(lane, Math.max(before, seq));
      if (seq <= recipientFloor) {
        return [
          {
            what: 'order',
            detail: `${where}, is ${seq}, and was sent when ${recipientFloor} was known already`,
          },
        ];
      }
      if (seq > before) return [];
      return [{ what: 'order', detail: `${where}, is ${seq}, and was sent by ${sender} behind ${before}` }];
    },
  );
}
