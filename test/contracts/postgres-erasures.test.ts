/** Steps of an erasure, as PostgreSQL alone keeps them: whoever comes goes on with what is there. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { PostgresErasures } from '../../src/storage/postgres-erasures.ts';
import { openDatabase } from './postgres-database.ts';
import { valueOf } from './stores.ts';

const NOW = 1_700_000_000_000;
let opened: Awaited<ReturnType<typeof openDatabase>>;
beforeAll(async () => {
  opened = await openDatabase();
});
afterAll(() => opened.close());

async function rows<T extends object>(text: string, ...values: unknown[]): Promise<readonly T[]> {
  const found = await (opened.database satisfies Database).query<T & Record<string, unknown>>(text, values);
  if (!found.ok) throw new Error(found.failure.message);
  return found.rows;
}

/** Messages of `who` in a log of their own. */
async function write(log: string, who: string, count: number): Promise<void> {
  await rows(`insert into logs (key, epoch, head) values ($1, 'e', $2)`, log, count);
  await rows(
    `insert into events (log_id, seq, id, type, sender, client_message_id, timestamp, data)
     select l.id, n, $2 || n, 'message:created', $3::text, 'c' || n, 5, json_build_object('id', $2 || n, 'content', 'secret',
       'author', json_build_object('id', $3::text, 'name', 'Na"me'))
     from logs as l, generate_series(1, $4::integer) as n where l.key = $1`,
    ...[log, randomUUID(), who, count],
  );
}

const untilDone = async (store: PostgresErasures, id: string): Promise<number> => {
  for (let pages = 1; ; pages += 1) if (valueOf(await store.page(id)) === true) return pages;
};

describe('erasures in PostgreSQL', () => {
  it('[ERASE-4] go on where they were, count nothing twice, and are one a user', async () => {
    const [who, other, id] = ['a.b*"c', 'a.bbc', randomUUID()];
    await write('channel:a', who, 3_000);
    await write('deleted:/b', who, 2);
    await write('channel:c', other, 2);
    const store = new PostgresErasures(opened.database);
    valueOf(await store.begin(id, who, 'admin', NOW));
    valueOf(await store.begin(randomUUID(), who, 'admin', NOW + 1));
    expect(valueOf(await store.open(9))).toMatchObject([{ id, step: 'find', userId: who }]);
    valueOf(await store.person(id));
    expect(valueOf(await store.page(id))).toBe(false);
    // Another server goes on.
    const next = new PostgresErasures(opened.database);
    await untilDone(next, id);
    expect(valueOf(await next.open(9))).toMatchObject([{ step: 'delete', channels: ['a'] }]);
    expect(valueOf(await next.page(id))).toBeNull();
    expect(valueOf(await next.finish(id, NOW + 5))).toBe(false);
    valueOf(await next.deleted(id));
    expect(await untilDone(next, id)).toBeGreaterThan(2);
    expect(valueOf(await next.finish(id, NOW + 5))).toBe(true);
    expect(valueOf(await next.finish(id, NOW + 6))).toBe(false);
    const proof = valueOf(await store.find(who));
    expect(proof).toMatchObject({ id, step: 'done', finishedAt: NOW + 5, counts: { messages: 3_002 } });
    expect(valueOf(await next.open(9))).toEqual([]);
    expect(valueOf(await next.find('nobody\0'))).toBeNull();
    // The act is left of them.
    expect([valueOf(await next.knows(who)), valueOf(await next.knows('nobody'))]).toEqual([true, false]);
    const left = await rows<{ sender: string; n: number }>(
      `select sender, count(*)::integer as n from events where data::text like '%secret%' or data::text like '%Na%me%'
       or sender = $1 and client_message_id is not null group by sender`,
      who,
    );
    expect(left).toEqual([{ sender: other, n: 2 }]);
    const [act] = await rows<{ text: string }>(
      `select t.text from audit_texts as t join audit_log as a using (seq) where a.action = 'user:erased'`,
    );
    expect(JSON.parse(act!.text)).toEqual({
      after: { erasure: id, counts: proof?.counts, digest: proof?.digest },
    });
  });

  it('[ERASE-4] are left to whoever is at them', async () => {
    const id = randomUUID();
    const store = new PostgresErasures(opened.database);
    valueOf(await store.begin(id, 'somebody', 'admin', NOW));
    const both = await Promise.all(Array.from({ length: 8 }, () => store.page(id)));
    // Each page is somebody's alone; who finds it taken, or done, is told so.
    expect(both.map(valueOf).every((each) => each === null || typeof each === 'boolean')).toBe(true);
    if (valueOf(await store.open(9))[0]?.step === 'find') await untilDone(store, id);
    expect(valueOf(await store.open(9))).toMatchObject([{ id, step: 'delete' }]);
  });
});
