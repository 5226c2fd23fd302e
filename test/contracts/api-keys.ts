/** What every {@link ApiKeyStore} keeps to. Run by memory-api-keys and postgres-api-keys. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditLog } from '../../src/admin/ports/audit-log.ts';
import type { ApiKey, ApiKeyStore, HashedApiKey } from '../../src/auth/api-key-store.ts';
import { type AuditAct, actBy } from '../../src/protocol/audit-act.ts';
import { valueOf } from './stores.ts';

/** Keys, and the audit log of their database. */
export interface ApiKeysFixture {
  readonly keys: ApiKeyStore;
  readonly audit: AuditLog;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

/** Runs the suite over what `open` gives. */
export function apiKeysContract(name: string, open: () => Promise<ApiKeysFixture>): void {
  describe(name, () => {
    let stores: ApiKeysFixture;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());

    const act = (id: string, action: string): AuditAct =>
      actBy({ id: 'u-root', name: 'Root' }, NOW, { action, target: { kind: 'key', id } });
    const make = async (after = 0): Promise<HashedApiKey> => {
      const id = randomUUID();
      const key: HashedApiKey = {
        ...{ id, name: 'the shop “🙂”', hash: 'ab'.repeat(32), scopes: ['publish', 'read'] },
        requestsPerSecond: 250,
        ...{ createdAt: NOW + after, createdBy: { id: 'u-root', name: 'Root' }, lastUsedAt: null },
      };
      expect(valueOf(await stores.keys.create(key, 100, act(id, 'apikey:created')))).toBe(true);
      return key;
    };
    const acts = async (id: string) => valueOf(await stores.audit.list({ target: id, limit: 10 })).items;

    it('[KEY-1] [KEY-2] keys are found by id, and listed without their hashes, the oldest first', async () => {
      const [second, first] = [await make(2), await make(1)];
      expect(valueOf(await stores.keys.find(first.id))).toEqual(first);
      expect(valueOf(await stores.keys.find('nobody'))).toBeNull();
      const listed = valueOf(await stores.keys.list()).filter(({ id }) => [first.id, second.id].includes(id));
      const listedAs = ({ id, name: called, scopes, ...rest }: ApiKey): ApiKey => {
        const { requestsPerSecond, createdAt, createdBy, lastUsedAt } = rest;
        return { id, name: called, scopes, requestsPerSecond, createdAt, createdBy, lastUsedAt };
      };
      expect(listed).toEqual([listedAs(first), listedAs(second)]);
    });

    it('[KEY-5] a use is kept once a minute', async () => {
      const { id } = await make();
      const lastUsed = async () => valueOf(await stores.keys.find(id))?.lastUsedAt;
      valueOf(await stores.keys.used(id, NOW, MINUTE));
      valueOf(await stores.keys.used(id, NOW + MINUTE - 1, MINUTE));
      expect(await lastUsed()).toBe(NOW);
      valueOf(await stores.keys.used(id, NOW + MINUTE, MINUTE));
      expect(await lastUsed()).toBe(NOW + MINUTE);
      valueOf(await stores.keys.used('nobody', NOW, MINUTE));
    });

    it('[KEY-15] a key is changed in what is named, and the audit log keeps what it was', async () => {
      const key = await make();
      const { hash, ...shown } = key;
      const updated = act(key.id, 'apikey:updated');
      expect(valueOf(await stores.keys.change(key.id, { scopes: ['users'] }, updated))).toEqual({
        ...{ ...shown, scopes: ['users'] },
      });
      const rest = { name: 'another', requestsPerSecond: 3 };
      expect(valueOf(await stores.keys.change(key.id, rest, updated))).toMatchObject({
        ...{ ...rest, scopes: ['users'] },
      });
      expect(valueOf(await stores.keys.find(key.id))).toMatchObject({ ...rest, hash, scopes: ['users'] });
      expect(valueOf(await stores.keys.change('nobody', rest, updated))).toBeNull();
      expect(valueOf(await stores.keys.change('a\0b', rest, updated))).toBeNull();
      expect(await acts(key.id)).toMatchObject([
        { before: { name: key.name, scopes: ['users'], requests_per_second: 250 } },
        { action: 'apikey:updated', before: { scopes: ['publish', 'read'] } },
        { action: 'apikey:created' },
      ]);
    });

    it('[KEY-4] a key is taken back once, and the audit log keeps what it was for', async () => {
      const { id, name: called, scopes } = await make();
      expect(valueOf(await stores.keys.remove(id, act(id, 'apikey:deleted')))).toBe(true);
      expect(valueOf(await stores.keys.remove(id, act(id, 'apikey:deleted')))).toBe(false);
      expect(valueOf(await stores.keys.remove('a\0b', act('a', 'apikey:deleted')))).toBe(false);
      expect(valueOf(await stores.keys.find(id))).toBeNull();
      expect(await acts(id)).toMatchObject([
        { action: 'apikey:deleted', before: { name: called, scopes } },
        { action: 'apikey:created' },
      ]);
    });

    it('[KEY-1] there are only so many, and one too many leaves no act', async () => {
      const { id, ...rest } = await make();
      const another = { ...rest, id: randomUUID() };
      const most = valueOf(await stores.keys.list()).length;
      expect(valueOf(await stores.keys.create(another, most, act(another.id, 'apikey:created')))).toBe(false);
      expect(await acts(another.id)).toEqual([]);
      expect(await acts(id)).toHaveLength(1);
    });
  });
}
