/** Puts channels and messages of an export into the database, each once: known by their ids. */
import type pg from 'pg';
import { type ImportedChannel, type ImportedMessage, importLine } from '../exports/import-line.ts';
import type { ChannelLog, LogEntry } from '../shard/ports/channel-log.ts';

/** Lines that go in one transaction. */
const BATCH = 500;
/** Lines that are wrong and are told one by one. */
const MOST_PROBLEMS = 20;

/** What an import came to. */
export interface Imported {
  readonly channels: number;
  readonly messages: number;
  /** Messages that were there already, or are of a channel that was deleted or of somebody who was erased. */
  readonly known: number;
  readonly wrong: number;
  /** The first of those, `line 7: not JSON`. */
  readonly problems: readonly string[];
}

/** The log and the tables beside it. */
export interface ImportTarget {
  readonly log: Pick<ChannelLog, 'append'>;
  readonly client: Pick<pg.Client, 'query'>;
}

const MAKE_CHANNEL = `
  insert into channels (id, name, topic, description, private, created_at) values ($1, $2, $3, $4, $5, $6)
  on conflict (id) do nothing returning id`;

const ERASED = 'select distinct user_id as id from erasures where user_id = any ($1)';

// Those of messages that weren't deleted meanwhile, and of people who weren't erased. Emoji and people in the order of the file.
const REACT = `
  with emoji as materialized (
    select e.log_id, e.seq, r.item ->> 'emoji' as emoji, r.item -> 'users' as users, nextval('reaction_places') as place
    from (select * from json_array_elements($1) with ordinality as r (item, nth) order by nth) as r
    join events as e on e.id = r.item ->> 'id' and e.type = 'message:created' and e.data -> 'content' is not null
  )
  insert into reactions (log_id, seq, emoji, user_id, event_id, place, emoji_place)
  select emoji.log_id, emoji.seq, emoji.emoji, u.id, 'imported', nextval('reaction_places'), emoji.place
  from emoji cross join lateral json_array_elements_text(emoji.users) with ordinality as u (id, nth)
  where not exists (select from erasures as e where e.user_id = u.id)
  order by emoji.place, u.nth
  on conflict do nothing`;

/** Imports all `lines`. Rejects when the database doesn't answer: what was imported until then is there, and is known the next time. */
export async function importMessages(target: ImportTarget, lines: AsyncIterable<string>): Promise<Imported> {
  const done = { channels: 0, messages: 0, known: 0, wrong: 0, problems: [] as string[] };
  let waiting: ImportedMessage[] = [];
  let number = 0;
  const tell = (problem: string): void => {
    if (done.problems.length < MOST_PROBLEMS) done.problems.push(problem);
  };
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const { landed, known, wrong } = await store(target, waiting);
    done.messages += landed;
    done.known += known;
    done.wrong += wrong;
    if (wrong > 0) tell(`${wrong} messages that the database can't take`);
    waiting = [];
  };
  for await (const text of lines) {
    number += 1;
    if (text.trim() === '') continue;
    const line = importLine(text);
    if (line === null) continue;
    if ('problem' in line) {
      done.wrong += 1;
      tell(`line ${number}: ${line.problem}`);
    } else if (line.kind === 'channel') {
      if (await makeChannel(target, line)) done.channels += 1;
    } else {
      waiting.push(line);
      if (waiting.length >= BATCH) await flush();
    }
  }
  await flush();
  return done;
}

async function makeChannel({ client }: ImportTarget, channel: ImportedChannel): Promise<boolean> {
  const { channel_id: id, name, topic = null, description = null, timestamp = 0 } = channel;
  const values = [id, name, topic, description, channel.private ?? false, timestamp];
  return (await client.query(MAKE_CHANNEL, values)).rowCount === 1;
}

interface Stored {
  readonly landed: number;
  readonly known: number;
  readonly wrong: number;
}

async function store({ log, client }: ImportTarget, read: readonly ImportedMessage[]): Promise<Stored> {
  const { rows } = await client.query<{ id: string }>(ERASED, [read.map((message) => message.author_id)]);
  const erased = new Set(rows.map(({ id }) => id));
  const messages = read.filter((message) => !erased.has(message.author_id));
  const all = { landed: 0, known: read.length - messages.length, wrong: 0 };
  // A batch is of one channel: one that was deleted takes nothing.
  for (const [, ofChannel] of Map.groupBy(messages, (message) => message.channel_id)) {
    // A batch takes no two of a kind: the first one counts.
    const ids = new Map(ofChannel.toReversed().map((message) => [message.id, message]));
    const twins = new Map([...ids.values()].map((message) => [twinKey(message), message]));
    const kept = new Set(twins.values());
    const entries = ofChannel.filter((message) => kept.has(message)).map(entryOf);
    const { landed, known, wrong } = await append(log, entries);
    all.landed += landed;
    all.known += known + ofChannel.length - entries.length;
    all.wrong += wrong;
  }
  const reacted = messages.flatMap(({ id, reactions = [] }) => reactions.map((one) => ({ id, ...one })));
  if (reacted.length > 0) await client.query(REACT, [JSON.stringify(reacted)]);
  return all;
}

/** What PostgreSQL doesn't take is found by trying one after the other. */
async function append(log: ImportTarget['log'], entries: readonly LogEntry[]): Promise<Stored> {
  const outcome = await log.append(entries, { retry: true });
  switch (outcome.status) {
    case 'committed': {
      const landed = outcome.placements.filter(({ duplicate, seq }) => !duplicate && seq > 0).length;
      return { landed, known: entries.length - landed, wrong: 0 };
    }
    case 'gone':
      return { landed: 0, known: entries.length, wrong: 0 };
    case 'refused': {
      if (entries.length === 1) return { landed: 0, known: 0, wrong: 1 };
      const all = { landed: 0, known: 0, wrong: 0 };
      for (const entry of entries) {
        const { landed, known, wrong } = await append(log, [entry]);
        all.landed += landed;
        all.known += known;
        all.wrong += wrong;
      }
      return all;
    }
    case 'unavailable':
    case 'unknown':
      throw new Error(outcome.reason);
  }
}

/** What tells a retry, or the message's own id. */
function twinKey({ id, author_id: author, client_message_id: key }: ImportedMessage): string {
  return key === undefined ? id : `${author}\0${key}`;
}

function entryOf(message: ImportedMessage): LogEntry {
  const { id, content, author_id: author, reply_to: replyTo, client_message_id: clientMessageId } = message;
  const { root, meta, style, mentions, here } = message;
  const shadow = message.hidden === true ? author : undefined;
  const data = {
    ...{ id, content, author: { id: author, name: message.author_name } },
    ...{ clientMessageId, replyTo, root, meta, style, mentions, here, editedAt: message.edited_at, shadow },
  };
  return {
    ...{ log: `channel:${message.channel_id}`, id, type: 'message:created', sender: author },
    ...{ timestamp: message.timestamp, data: JSON.stringify(data) },
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    ...(shadow === undefined ? {} : { shadow }),
    ...(replyTo === undefined
      ? {}
      : {
          changes: [
            { kind: 'reply' as const, root: root ?? replyTo, ...(shadow === undefined ? {} : { shadow }) },
          ],
        }),
  };
}
