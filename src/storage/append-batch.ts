/** A batch of entries as a call of that function of the database which can take it, and its answer as placements. */
import type { Amendment, LogEntry, Placement } from '../shard/ports/channel-log.ts';

/**
 * Stands between the values of a list. JSON text never holds it bare, and the other texts hold no control characters;
 * one that does makes its list too long, and the batch is refused. On this side joining is cheaper than arrays or one
 * JSON parameter.
 */
const SEPARATOR = '\x1f';
const ASCII = /^[\0-\x7f]*$/;

/** A named statement with its parameters. */
export interface AppendStatement {
  readonly name: string;
  readonly text: string;
  readonly values: (string | boolean)[];
}

const APPEND_EVENTS = appendSql('append_events');
const APPEND_INBOX_EVENTS = appendSql('append_inbox_events');
const APPEND_AMENDING_EVENTS = appendSql('append_amending_events', ', $10');

/** The statement that commits `entries`; null when a text has no UTF-8 form (a lone surrogate) or a key holds U+001F. */
export function appendStatement(entries: readonly LogEntry[], byId: boolean): AppendStatement | null {
  const keys = [...new Set(entries.map((entry) => entry.log))].sort(compareBytes);
  // Of the other lists the database knows how long they must be.
  if (keys.some((key) => key.includes(SEPARATOR))) return null;
  const placeOf = new Map(keys.map((key, index) => [key, index + 1]));
  let [places, ids, types, senders, clientIds, times, datas] = ['', '', '', '', '', '', ''];
  const amending: object[] = [];
  for (const [index, entry] of entries.entries()) {
    places += `${placeOf.get(entry.log) ?? 0}${SEPARATOR}`;
    ids += entry.id + SEPARATOR;
    types += entry.type + SEPARATOR;
    senders += entry.sender + SEPARATOR;
    clientIds += (entry.clientMessageId ?? '') + SEPARATOR;
    times += `${entry.timestamp}${SEPARATOR}`;
    datas += entry.data + SEPARATOR;
    if (entry.amends !== undefined) amending.push(amendmentAt(index + 1, entry.amends));
  }
  const parameters = [keys.join(SEPARATOR) + SEPARATOR, places, ids, types, senders, clientIds, times, datas];
  if (!parameters.every((text) => text.isWellFormed())) return null;
  const values = [...parameters, byId];
  if (amending.length > 0) {
    return {
      name: 'log-append-amending',
      text: APPEND_AMENDING_EVENTS,
      values: [...values, JSON.stringify(amending)],
    };
  }
  // Inboxes stand behind all channels.
  return keys.at(-1)?.startsWith('inbox:') === true
    ? { name: 'log-append-inbox', text: APPEND_INBOX_EVENTS, values }
    : { name: 'log-append', text: APPEND_EVENTS, values };
}

/** Reads the answer to `entries`: numbers in their order, and `place=id` of each duplicate. */
export function decodePlacements(
  entries: readonly LogEntry[],
  seqs: string,
  duplicates: string | null,
): readonly Placement[] {
  const numbers = seqs.split(SEPARATOR);
  const known = new Map<number, string>();
  for (const item of duplicates?.split(SEPARATOR) ?? []) {
    const at = item.indexOf('=');
    known.set(Number(item.slice(0, at)) - 1, item.slice(at + 1));
  }
  return entries.map((entry, index) => {
    const id = known.get(index);
    return { id: id ?? entry.id, seq: Number(numbers[index]), duplicate: id !== undefined };
  });
}

/** Order of the UTF-8 bytes, which is PostgreSQL's order under collation "C". Keys are plain ASCII as a rule. */
function compareBytes(a: string, b: string): number {
  if (ASCII.test(a) && ASCII.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** `nth`: the entry's place in the batch, from 1. */
function amendmentAt(nth: number, { id, data, superseded, isFinal }: Amendment): object {
  return { nth, target: id, data, superseded, final: isFinal };
}

function appendSql(functionName: string, more = ''): string {
  return `select seqs, duplicates from ${functionName}($1, $2, $3, $4, $5, $6, $7, $8, $9${more})`;
}
