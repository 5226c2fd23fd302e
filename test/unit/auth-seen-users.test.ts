import { describe, expect, it } from 'vitest';
import type { SeenUser } from '../../src/auth/ports.ts';
import { SeenUsers } from '../../src/auth/seen-users.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import { MemoryUsers } from '../../src/storage/memory/memory-users.ts';
import { FakeTimers } from '../support/fake-timers.ts';

const NOW = 1_700_000_000_000;
const seen = (id: string, seenAt = NOW, change: Partial<SeenUser> = {}): SeenUser => ({
  ...{ id, issuer: 'https://id.test', subject: `s-${id}`, name: `n-${id}`, roles: ['user'], seenAt },
  ...change,
});

function setUp() {
  const users = new MemoryUsers();
  const timers = new FakeTimers();
  const store = { away: false, writes: [] as (readonly SeenUser[])[] };
  const warnings: string[] = [];
  const recorder = new SeenUsers({
    store: {
      record: async (batch) => {
        store.writes.push(batch);
        return store.away ? fail(failure('unavailable', 'away', 1_000)) : users.record(batch);
      },
    },
    timers,
    logger: { warn: (text: string) => void warnings.push(text) } as never,
  });
  const found = async (id: string) => {
    const user = await users.find(id);
    return user.ok ? user.value : null;
  };
  return { recorder, timers, store, found, warnings };
}

describe('users of issuers', () => {
  it('[AUTH-42] are written by one statement a second', async () => {
    const { recorder, timers, store, found } = setUp();
    for (let user = 0; user < 1_000; user += 1) recorder.note(seen(String(user)));
    expect(store.writes).toHaveLength(0);
    await timers.advance(1_000);
    expect(store.writes.map((batch) => batch.length)).toEqual([1_000]);
    expect(await found('999')).toMatchObject({ subject: 's-999', firstSeenAt: NOW, lastSeenAt: NOW });
    recorder.note(seen('1000'));
    recorder.note(seen('1001'));
    await timers.advance(999);
    expect(store.writes).toHaveLength(1);
    await timers.advance(1);
    expect(store.writes).toHaveLength(2);
    expect(timers.pending).toBe(0);
  });

  it('[AUTH-42] of whom nothing is new are written once a minute', async () => {
    const { recorder, timers, store, found } = setUp();
    for (let at = 0; at < 60_000; at += 500) {
      recorder.note(seen('1', NOW + at));
      await timers.advance(500);
    }
    expect(store.writes).toHaveLength(1);
    recorder.note(seen('1', NOW + 60_000));
    recorder.note(seen('1', NOW + 60_001, { name: 'other' }));
    recorder.note(seen('1', NOW + 60_002, { name: 'other', roles: ['user', 'admin'] }));
    await timers.advance(1_000);
    expect(store.writes).toHaveLength(2);
    expect(await found('1')).toMatchObject({
      ...{ name: 'other', roles: ['user', 'admin'] },
      ...{ firstSeenAt: NOW, lastSeenAt: NOW + 60_002 },
    });
  });

  it('[AUTH-42] wait through an outage of the store', async () => {
    const { recorder, timers, store, found, warnings } = setUp();
    store.away = true;
    for (let user = 0; user < 3_000; user += 1) recorder.note(seen(String(user)));
    await timers.advance(60_000);
    expect(recorder.waiting).toBe(3_000);
    store.away = false;
    await timers.advance(2_000);
    expect(recorder.waiting).toBe(0);
    expect(await found('2999')).not.toBeNull();
    expect(warnings).toEqual([]);
  });

  it('[AUTH-42] wait in bounded memory: those that were seen longest ago go, and one line says so', async () => {
    const { recorder, timers, store, found, warnings } = setUp();
    store.away = true;
    for (let user = 0; user < 20_010; user += 1) recorder.note(seen(String(user)));
    expect(recorder.waiting).toBe(20_000);
    expect(warnings).toHaveLength(1);
    store.away = false;
    await timers.advance(10_000);
    expect([await found('9'), await found('10')]).toMatchObject([null, { id: '10' }]);
  });

  it('[AUTH-42] that wait are written when the server goes down, in batches, unless the store is away', async () => {
    const { recorder, timers, store, found } = setUp();
    for (let user = 0; user < 5_000; user += 1) recorder.note(seen(String(user)));
    await recorder.stop();
    expect(store.writes.map((batch) => batch.length)).toEqual([2_000, 2_000, 1_000]);
    expect(await found('4999')).not.toBeNull();
    expect(timers.pending).toBe(0);
    const other = setUp();
    other.store.away = true;
    other.recorder.note(seen('1'));
    await other.recorder.stop();
    expect(other.store.writes).toHaveLength(1);
    other.recorder.note(seen('2'));
    expect(other.timers.pending).toBe(0);
  });

  it('[AUTH-42] that are seen anew while they are written are written again', async () => {
    const { recorder, timers, store } = setUp();
    recorder.note(seen('1'));
    const writing = timers.advance(1_000);
    recorder.note(seen('1', NOW + 1, { name: 'other' }));
    await writing;
    await timers.advance(1_000);
    expect(
      store.writes
        .flat()
        .map(({ name }) => name)
        .at(-1),
    ).toBe('other');
    expect(recorder.waiting).toBe(0);
  });
});
