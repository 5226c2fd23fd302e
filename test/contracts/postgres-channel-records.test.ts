import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresAuditLog } from '../../src/storage/postgres-audit-log.ts';
import { PostgresChannelRecords } from '../../src/storage/postgres-channel-records.ts';
import { PostgresDirectory } from '../../src/storage/postgres-directory.ts';
import { PostgresHeld } from '../../src/storage/postgres-held.ts';
import { uuidv7 } from '../../src/threads/uuidv7.ts';
import { valueOf as readOf } from './channel-log.ts';
import { channelRecordsContract, deleted, messageIn } from './channel-records.ts';
import { openLogAndDatabase } from './postgres-log-database.ts';
import { valueOf } from './stores.ts';

channelRecordsContract('channels’ records in PostgreSQL', async () => {
  const { database, log, close } = await openLogAndDatabase();
  return {
    ...{ records: new PostgresChannelRecords(database), audit: new PostgresAuditLog(database) },
    ...{ log, close },
  };
});

describe('rows of purged channels', () => {
  let opened: Awaited<ReturnType<typeof openLogAndDatabase>>;
  let records: PostgresChannelRecords;
  beforeAll(async () => {
    opened = await openLogAndDatabase();
    records = new PostgresChannelRecords(opened.database);
  });
  afterAll(() => opened.close());

  const rowsOf = async (logId: string): Promise<Record<string, number>> => {
    const tables = [
      'events',
      'amended_events',
      'reactions',
      'pins',
      'replies',
      'threads',
      'message_versions',
    ];
    const search = ['message_search', 'search_heads', 'search_again'];
    const counts = [...tables, ...search].map(
      (table) => `(select count(*)::integer from ${table} where log_id = ${logId}) as ${table}`,
    );
    const found = await opened.database.query<Record<string, number>>(`select ${counts.join(', ')}`, []);
    return found.ok ? found.rows[0]! : {};
  };
  const logIdOf = async (id: string): Promise<string> => {
    const found = await opened.database.query<{ id: string }>('select id from logs where key = $1', [
      `channel:${id}`,
    ]);
    return found.ok ? found.rows[0]!.id : '';
  };

  it('[CHDEL-16] [CHDEL-25] go in small pieces, of every table, whoever begins and whoever goes on', async () => {
    const { log, database } = opened;
    const id = randomUUID();
    const root = messageIn(id);
    await log.append([root, ...Array.from({ length: 2_300 }, () => messageIn(id))]);
    await log.append([
      messageIn(id, { needs: root.id, changes: [{ kind: 'reply', root: root.id }] }),
      messageIn(id, {
        type: 'message:pinned',
        needs: root.id,
        changes: [{ kind: 'pin', target: root.id, isPinned: true }],
      }),
      messageIn(id, { type: 'reaction:added', reacts: { target: root.id, emoji: '👍', isAdded: true } }),
      messageIn(id, {
        type: 'message:updated',
        amends: { id: root.id, data: JSON.stringify({ content: 'b' }), superseded: '{}', isFinal: false },
      }),
    ]);
    const logId = await logIdOf(id);
    await database.query(
      `with h as (insert into search_heads values ($1, 1, 1))
       insert into message_search values ($1, 1, 1, 'secret'::tsvector)`,
      [logId],
    );
    await database.query(
      "insert into read_marks values ('ada', $1, 'old', 5, 1), ('ada', 'other', 'old', 5, 1)",
      [id],
    );
    const held = new PostgresHeld(database);
    const waiting = uuidv7();
    await database.query(
      'insert into held_messages (id, channel_id, author_id, message, reason, held_at) values ($1, $2, $3, $4, $5, 1)',
      [waiting, id, 'b', JSON.stringify({ id: waiting, content: 'held' }), 'x'],
    );
    expect(Object.values(await rowsOf(logId)).every((count) => count > 0)).toBe(true);

    expect(await deleted(records, id, true)).toBe(true);
    expect(await held.list(id, null, 9)).toMatchObject({ ok: true, value: { items: [] } });
    // Nobody finds it from here on, though the rows are there.
    expect((await rowsOf(logId))['events']).toBe(2_305);
    const first = valueOf(await records.purgeRows());
    expect(first).toBeGreaterThan(0);
    expect((await rowsOf(logId))['events']).toBe(1_305);
    // Another server goes on, or the same one behind a crash; its id is in use again by then.
    await log.append([messageIn(id)]);
    const other = new PostgresChannelRecords(database);
    while (valueOf(await other.purgeRows()) > 0);
    expect(Object.values(await rowsOf(logId)).every((count) => count === 0)).toBe(true);
    const marks = await database.query('select channel_id from read_marks', []);
    expect(marks).toMatchObject({ rows: [{ channel_id: 'other' }] });
    expect(
      readOf(await log.read(`channel:${id}`, { direction: 'newest', limit: 9, maxBytes: 9_999 })).head,
    ).toBe(1);
    // Its last row stays for a minute.
    const left = (): Promise<unknown> =>
      database.query("select from logs where starts_with(key, 'purged:')", []);
    expect(await left()).toMatchObject({ rows: [{}] });
    await database.query(
      "update logs set key = 'purged://' || id || '/1/' || $1 where starts_with(key, 'purged:')",
      [id],
    );
    await records.purgeRows();
    expect(await left()).toMatchObject({ rows: [] });
  });

  it('[CHDEL-26] lists say which channels are archived, to whoever sees them', async () => {
    const { log, database } = opened;
    const directory = new PostgresDirectory(database);
    for (const id of ['old-open', 'old-private']) {
      valueOf(await directory.create({ id, name: id, private: id === 'old-private' }, { id: 'u' }, 1));
    }
    const set = async (archived: boolean): Promise<void> => {
      const change = { kind: 'channel', settings: { archived } } as const;
      await log.append(
        ['old-open', 'old-private'].map((id) =>
          messageIn(id, { type: 'channel:updated', changes: [change] }),
        ),
      );
    };
    const told = async (): Promise<unknown[]> => [
      ...valueOf(await directory.list({ prefix: 'old-', limit: 5, member: 'u' })).items,
      ...valueOf(await directory.list({ prefix: 'old-', limit: 5, within: ['old-*'] })).items,
      valueOf(await directory.find('old-open')),
      ...valueOf(await directory.privateOf(['u'])).flat(),
    ];
    await set(true);
    const archived = await told();
    expect(archived).toHaveLength(6);
    for (const channel of archived) expect(channel).toMatchObject({ archived: true });
    await set(false);
    for (const channel of await told()) expect(channel).not.toHaveProperty('archived');
  });

  it('[CHDEL-13] channels are listed where staff puts them, then by id, page after page', async () => {
    const { log, database } = opened;
    const directory = new PostgresDirectory(database);
    const ids = ['a', 'b', 'c', 'd', 'e'].map((name) => `place-${name}`);
    for (const id of ids) await directory.create({ id, name: id, private: false }, { id: 'u' }, 1);
    const put = async (id: string, before: string | null): Promise<void> => {
      const change = { kind: 'channel', before } as const;
      await log.append([messageIn(id, { type: 'channel:updated', changes: [change] })]);
    };
    const order = async (): Promise<string> => {
      const names: string[] = [];
      for (let after: string | undefined; ;) {
        const page = valueOf(
          await directory.list({ prefix: 'place-', limit: 2, ...(after === undefined ? {} : { after }) }),
        );
        names.push(...page.items.map(({ id }) => id.slice(-1)));
        if (!page.hasMore) return names.join('');
        after = page.items.at(-1)?.id;
      }
    };
    expect(await order()).toBe('abcde');
    await put('place-e', 'place-c');
    expect(await order()).toBe('abecd');
    await put('place-d', 'place-a');
    expect(await order()).toBe('dabec');
    await put('place-a', null);
    expect(await order()).toBe('dbeca');
    await put('place-b', 'place-nowhere');
    expect(await order()).toBe('dbeca');
    // There is always room between two.
    for (let turn = 0; turn < 70; turn += 1) await put(turn % 2 === 0 ? 'place-b' : 'place-e', 'place-c');
    expect(await order()).toBe('dbeca');
  });
});
