import { describe, expect, it } from 'vitest';
import { randomBytes } from 'node:crypto';
import type { ApiKeyStore } from '../../src/auth/api-key-store.ts';
import { ApiKeys, MAX_API_KEYS } from '../../src/auth/api-keys.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import { MemoryApiKeys } from '../../src/storage/memory/memory-api-keys.ts';

const ROOT = { id: 'u-root', name: 'Root' };

function keysOf(store: ApiKeyStore = new MemoryApiKeys()) {
  const clock = { now: 1_000_000 };
  const looks = { count: 0 };
  const counted: ApiKeyStore = {
    create: (key, most, act) => store.create(key, most, act),
    list: () => store.list(),
    find: (id) => {
      looks.count += 1;
      return store.find(id);
    },
    used: (id, at, everyMs) => store.used(id, at, everyMs),
    change: (id, change, act) => store.change(id, change, act),
    remove: (id, act) => store.remove(id, act),
  };
  const now = () => clock.now;
  const server = () => new ApiKeys({ store: counted, now, mono: now, random: randomBytes });
  const keys = server();
  const make = async () => {
    const made = await keys.create('the shop', ['publish', 'publish', 'read'], ROOT);
    if (!made.ok) throw new Error(made.failure.message);
    return made.value;
  };
  return { clock, looks, keys, server, store, make };
}

async function codeOf(answer: ReturnType<ApiKeys['prove']>): Promise<string> {
  const proved = await answer;
  return proved.ok ? 'ok' : proved.failure.code;
}

describe('API keys', () => {
  it('[KEY-1] [KEY-2] a key is proved by its secret, of which only a hash is kept', async () => {
    const { keys, make, store } = keysOf();
    const { key, record } = await make();
    expect(key).toMatch(/^hub_[0-9a-f]{16}_[0-9a-f]{64}$/);
    expect(record.scopes).toEqual(['publish', 'read']);
    expect(await keys.prove(key)).toEqual({ ok: true, value: record });
    const kept = JSON.stringify([await store.find(record.id), await store.list()]);
    expect(kept).not.toContain(key.slice(-64));
  });

  it('[KEY-15] a change holds here at once, and elsewhere as soon as a key is looked up anew', async () => {
    const { keys, server, make, clock } = keysOf();
    const { key, record } = await make();
    const other = server();
    await Promise.all([keys.prove(key), other.prove(key)]);
    const changed = { name: record.name, scopes: ['read'], requestsPerSecond: 7 };
    const change = { scopes: ['read', 'read'], requestsPerSecond: 7 } as const;
    expect(await keys.change(record.id, change, ROOT)).toMatchObject({ ok: true, value: changed });
    expect(await keys.prove(key)).toMatchObject({ value: { scopes: ['read'], requestsPerSecond: 7 } });
    expect(await other.prove(key)).toMatchObject({ value: { scopes: record.scopes } });
    clock.now += 500;
    expect(await other.prove(key)).toMatchObject({ value: { scopes: ['read'] } });
    expect(await keys.change('nobody', change, ROOT)).toMatchObject({ failure: { code: 'not_found' } });
  });

  it('[KEY-2] anything else is no key', async () => {
    const { keys, make, looks } = keysOf();
    const { key } = await make();
    const other = key.endsWith('0') ? '1' : '0';
    const wrong = [
      key.slice(0, -1) + other,
      `${key}0`,
      key.toUpperCase(),
      'hub_',
      '',
      `hub_${'0'.repeat(16)}_`,
    ];
    for (const credential of wrong) expect(await codeOf(keys.prove(credential))).toBe('unauthorized');
    // What doesn't even look like one costs no look into the database.
    expect(looks.count).toBe(1);
    expect(await codeOf(keys.prove(`hub_${'0'.repeat(16)}_${'0'.repeat(64)}`))).toBe('unauthorized');
  });

  it('[KEY-4] one that was taken back is good nowhere within a second', async () => {
    const { clock, keys, server, make } = keysOf();
    const { key, record } = await make();
    const elsewhere = server();
    expect(await codeOf(elsewhere.prove(key))).toBe('ok');
    expect(await codeOf(keys.prove(key))).toBe('ok');
    await keys.revoke(record.id, ROOT);
    expect(await codeOf(keys.prove(key))).toBe('unauthorized');
    clock.now += 999;
    expect(await codeOf(elsewhere.prove(key))).toBe('unauthorized');
    expect(await keys.revoke(record.id, ROOT)).toMatchObject({ ok: false, failure: { code: 'not_found' } });
  });

  it('[KEY-5] looks at most twice a second, and writes a use down once a minute', async () => {
    const { clock, looks, keys, make, store } = keysOf();
    const { key, record } = await make();
    const lastUsed = async () => {
      const found = await store.find(record.id);
      return found.ok ? found.value?.lastUsedAt : undefined;
    };
    await Promise.all([keys.prove(key), keys.prove(key), keys.prove(key)]);
    expect(looks.count).toBe(1);
    const first = clock.now;
    expect(await lastUsed()).toBe(first);
    clock.now += 59_999;
    await keys.prove(key);
    expect(await lastUsed()).toBe(first);
    clock.now += 1;
    await keys.prove(key);
    expect(await lastUsed()).toBe(clock.now);
  });

  it('[KEY-2] while the database is away no key is good, and none is called wrong', async () => {
    const { keys, make, store, clock } = keysOf();
    const { key } = await make();
    store.find = async () => fail(failure('unavailable', 'away', 1_000));
    expect(await codeOf(keys.prove(key))).toBe('unavailable');
    clock.now += 1_000;
    expect(await codeOf(keys.prove(key))).toBe('unavailable');
  });

  it('[KEY-1] there are only so many', async () => {
    const { keys, make } = keysOf();
    for (let nth = 0; nth < MAX_API_KEYS; nth += 1) await make();
    expect(await keys.create('one more', ['read'], ROOT)).toMatchObject({ failure: { code: 'conflict' } });
  });
});
