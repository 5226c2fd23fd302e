/** A batch of entries as a call of that function of the database which can take it, and its answer as placements. */
import type { AuditNote } from '../protocol/audit-act.ts';
import type { Amendment, LogEntry, Placement, Reaction } from '../shard/ports/channel-log.ts';
import { auditTexts } from './audit-chain.ts';

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
  readonly values: (string | boolean | null)[];
}

/** A whisper doesn't say with whom it is: the database is to look, and to refuse. */
const UNCLEAR = 'unclear';

/** Functions of the database, and how many parameters they take: see its migrations. */
const FUNCTIONS = {
  'log-append-new': ['append_new_events', 11],
  'log-append': ['append_events', 9],
  'log-append-inbox': ['append_inbox_events', 9],
  'log-append-changing': ['append_changing_events', 10],
} as const;
type Call = keyof typeof FUNCTIONS;

/** Of channels, by their log keys, the epochs that entries were written for. */
type Epochs = ReadonlyMap<LogEntry['log'], string>;
const NO_EPOCHS: Epochs = new Map();

/**
 * The statement that commits `entries`; null when a text has no UTF-8 form (a lone surrogate) or a key holds U+001F.
 * `byId`: whether their ids may be in the log already.
 */
export function appendStatement(
  entries: readonly LogEntry[],
  byId: boolean,
  epochs = NO_EPOCHS,
): AppendStatement | null {
  const append = plainStatement(entries, byId);
  if (append === null) return null;
  const { call, values } = append;
  if (epochs.size === 0) return { name: call, text: CALLS[call], values };
  let [channels, known] = ['', ''];
  for (const [log, epoch] of epochs) {
    channels += log.slice('channel:'.length) + SEPARATOR;
    known += epoch + SEPARATOR;
  }
  return { name: `${call}-of`, text: CALLS_OF[call], values: [...values, channels, known] };
}

function plainStatement(
  entries: readonly LogEntry[],
  byId: boolean,
): { readonly call: Call; readonly values: AppendStatement['values'] } | null {
  const columns = columnsOf(entries);
  const { keys, counts, places, ranks, ids, types, senders, clientIds, times, datas } = columns;
  // Of the other lists the database knows how long they must be.
  if (columns.separated) return null;
  const entryTexts = [ids, types, senders, clientIds, times, datas];
  if (![keys, ...entryTexts].every((text) => text.isWellFormed())) return null;

  const acts = entries.flatMap((entry, index) => actsAt(index + 1, entry, entries));
  const known = [keys, places, ...entryTexts, byId];
  if (acts.length > 0) return { call: 'log-append-changing', values: [...known, JSON.stringify(acts)] };
  const correspondents = correspondentsOf(entries);
  if (byId || correspondents === UNCLEAR) {
    return { call: columns.inboxes ? 'log-append-inbox' : 'log-append', values: known };
  }
  const values = [keys, counts, places, ranks, ...entryTexts, correspondents.list];
  return { call: 'log-append-new', values };
}

/** What the functions answer. */
export interface AppendAnswer {
  /** The heads that the logs had, in the order of their keys: all entries are new. Null or absent where `seqs` answers. */
  readonly heads?: string | null;
  /** Numbers in the order of the entries, and `place=id` of each duplicate. */
  readonly seqs: string | null;
  readonly duplicates: string | null;
}

/** Where `entries` stand, by the answer to the statement for them. */
export function decodePlacements(
  entries: readonly LogEntry[],
  { heads, seqs, duplicates }: AppendAnswer,
): readonly Placement[] {
  if (heads != null) return placedBehind(heads.split(SEPARATOR), entries);
  const numbers = seqs?.split(SEPARATOR) ?? [];
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

function placedBehind(heads: readonly string[], entries: readonly LogEntry[]): readonly Placement[] {
  const headOf = new Map(logsOf(entries).map((log, index) => [log, Number(heads[index])]));
  return entries.map(({ id, log }) => {
    const seq = (headOf.get(log) ?? Number.NaN) + 1;
    headOf.set(log, seq);
    return { id, seq, duplicate: false };
  });
}

/** The logs that `entries` go to, in the order of their bytes. */
function logsOf(entries: readonly LogEntry[]): readonly LogEntry['log'][] {
  return [...new Set(entries.map(({ log }) => log))].sort(compareBytes);
}

/** Order of the UTF-8 bytes, which is PostgreSQL's order under collation "C". Keys are plain ASCII as a rule. */
function compareBytes(a: string, b: string): number {
  if (ASCII.test(a) && ASCII.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** What the entry does beside landing; `nth`: its place in the batch, from 1. */
function actsAt(nth: number, entry: LogEntry, all: readonly LogEntry[]): object[] {
  const { amends, reacts, needs, rides, changes, audit } = entry;
  if ((amends ?? reacts ?? needs ?? rides ?? changes ?? audit) === undefined) return [];
  return [
    {
      nth,
      ...(rides !== undefined && { rides: 1 + all.findIndex(({ id }) => id === rides) }),
      target: needs,
      ...(amends && amendment(amends)),
      ...(reacts && reaction(reacts)),
      changes,
      ...(audit && kept(audit)),
    },
  ];
}

function kept(note: AuditNote): object {
  return {
    action: note.action,
    about: note.target?.kind,
    about_id: note.target?.id,
    texts: auditTexts(note),
  };
}

function amendment({ id, data, superseded, isFinal }: Amendment): object {
  return { target: id, data, superseded, final: isFinal };
}

function reaction({ target, emoji, isAdded }: Reaction): object {
  return { target, emoji, added: isAdded };
}

/** The columns of a batch as the database takes them. */
interface Columns {
  /** The logs, in the order of their bytes; how many entries go to each. */
  readonly keys: string;
  readonly counts: string;
  /** By entry: which of the logs it goes to, and the how manieth of that log it is; both from 1. */
  readonly places: string;
  readonly ranks: string;
  readonly ids: string;
  readonly types: string;
  readonly senders: string;
  readonly clientIds: string;
  readonly times: string;
  readonly datas: string;
  /** Whether a key holds a separator. */
  readonly separated: boolean;
  /** Whether one of the logs is an inbox. */
  readonly inboxes: boolean;
}

function columnsOf(entries: readonly LogEntry[]): Columns {
  const logs = logsOf(entries);
  const placeOf = new Map(logs.map((log, index) => [log, { place: index + 1, count: 0 }]));
  let [places, ranks, ids, types, senders, clientIds, times, datas] = ['', '', '', '', '', '', '', ''];
  for (const entry of entries) {
    const log = placeOf.get(entry.log);
    if (log === undefined) throw new Error('an entry of a log that no entry is of');
    log.count += 1;
    places += `${log.place}${SEPARATOR}`;
    ranks += `${log.count}${SEPARATOR}`;
    ids += entry.id + SEPARATOR;
    types += entry.type + SEPARATOR;
    senders += entry.sender + SEPARATOR;
    clientIds += (entry.clientMessageId ?? '') + SEPARATOR;
    times += `${entry.timestamp}${SEPARATOR}`;
    datas += entry.data + SEPARATOR;
  }
  let [keys, counts] = ['', ''];
  for (const [log, { count }] of placeOf) {
    keys += log + SEPARATOR;
    counts += `${count}${SEPARATOR}`;
  }
  const separated = logs.some((log) => log.includes(SEPARATOR));
  // Inboxes stand behind all channels.
  const inboxes = logs.at(-1)?.startsWith('inbox:') === true;
  return { keys, counts, places, ranks, ids, types, senders, clientIds, times, datas, separated, inboxes };
}

/** With whom each whisper of an inbox is, nothing for other entries; null when there are no whispers. */
type Correspondents = { readonly list: string | null } | typeof UNCLEAR;

function correspondentsOf(entries: readonly LogEntry[]): Correspondents {
  let [correspondents, whispers] = ['', 0];
  for (const entry of entries) {
    if (entry.type === 'whisper:created' && entry.log.startsWith('inbox:')) {
      const correspondent = correspondentOf(entry);
      if (correspondent === null) return UNCLEAR;
      correspondents += correspondent;
      whispers += 1;
    }
    correspondents += SEPARATOR;
  }
  return { list: whispers === 0 ? null : correspondents };
}

function correspondentOf({ log, sender, data, correspondent }: LogEntry): string | null {
  if (correspondent !== undefined) return correspondent;
  if (log !== `inbox:${sender}`) return sender;
  try {
    const id: unknown = (JSON.parse(data) as { to?: { id?: unknown } } | null)?.to?.id;
    return typeof id === 'string' && id !== '' && id.isWellFormed() ? id : null;
  } catch {
    return null;
  }
}

function callSql(call: Call): string {
  const [name, parameters] = FUNCTIONS[call];
  return `select a.* from ${name}(${parameterList(1, parameters)}) as a`;
}

/** The same for certain epochs. What appends answers first, and holds the heads then: see require_epochs. */
function callSqlOf(call: Call): string {
  const [, parameters] = FUNCTIONS[call];
  const answered = call === 'log-append-new' ? 'coalesce(a.heads, a.seqs)' : 'a.seqs';
  const known = `require_epochs(${parameterList(parameters + 1, 2)}, ${answered})`;
  return `${callSql(call)} cross join lateral ${known} as known`;
}

function parameterList(first: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `$${first + index}`).join(', ');
}

const CALLS = callsBy(callSql);
const CALLS_OF = callsBy(callSqlOf);

function callsBy(sql: (call: Call) => string): Readonly<Record<Call, string>> {
  const calls = Object.keys(FUNCTIONS) as Call[];
  return Object.fromEntries(calls.map((call) => [call, sql(call)])) as Record<Call, string>;
}
