/** What every store does of an act that it is given. Run by memory-audited-acts and postgres-audited-acts. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditLog } from '../../src/admin/ports/audit-log.ts';
import type {
  AccountStore,
  RefreshTokenStore,
  SecurityStore,
  SigningKeyStore,
} from '../../src/auth/ports.ts';
import { type AuditNote, actBy } from '../../src/protocol/audit-act.ts';
import type { ChannelDirectory } from '../../src/protocol/channel-directory.ts';
import { type AuditChain, verifyChain } from '../../src/storage/audit-chain-reader.ts';
import { accountOf, valueOf } from './stores.ts';

/** The stores of one server; all of them empty. */
export interface ActsFixture {
  readonly audit: AuditLog & AuditChain;
  readonly security: SecurityStore;
  readonly accounts: AccountStore;
  readonly refreshTokens: RefreshTokenStore;
  readonly keys: SigningKeyStore;
  readonly directory: ChannelDirectory;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;
const LATER = NOW + 1_000_000;

/** Runs the suite over what `open` gives. */
export function auditedActsContract(name: string, open: () => Promise<ActsFixture>): void {
  describe(name, () => {
    let stores: ActsFixture;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());

    const actor = () => ({ id: randomUUID(), name: 'Ada' });
    const actsOf = async ({ id }: { readonly id: string }) =>
      valueOf(await stores.audit.list({ actor: id, limit: 10 })).items;
    const noteOn = (id: string): AuditNote => ({
      ...{ action: 'roles:changed', target: { kind: 'user', id, name: 'Bob' } },
      ...{ reason: 'half \ud800 of\0it', after: { roles: ['moderator'] } },
    });

    it('[AUDIT-4] revocations are kept with what they revoke', async () => {
      const by = actor();
      const act = actBy(by, NOW, noteOn('bob'));
      valueOf(await stores.security.revokeToken(randomUUID(), LATER, NOW, act));
      valueOf(await stores.security.revokeUser(randomUUID(), null, LATER, NOW, act));
      expect(await actsOf(by)).toMatchObject([
        { actor: by, reason: act.reason, target: act.target },
        { action: act.action, at: NOW },
      ]);
    });

    it('[AUDIT-4] roles are kept with those before', async () => {
      const [by, user] = [actor(), randomUUID()];
      for (const roles of [['moderator'], ['admin'], []] as const) {
        valueOf(await stores.security.grantRoles(user, roles, NOW, actBy(by, NOW, noteOn(user))));
      }
      expect((await actsOf(by)).map(({ before }) => before)).toEqual([
        { roles: ['admin'] },
        { roles: ['moderator'] },
        { roles: [] },
      ]);
      const [local, account] = [actor(), accountOf({ roles: ['user', 'admin'] })];
      valueOf(await stores.accounts.create(account, NOW));
      const act = actBy(local, NOW, noteOn(account.id));
      expect(valueOf(await stores.accounts.setRoles(account.id, ['user'], LATER, act))).toStrictEqual({
        ...account,
        roles: ['user'],
      });
      expect(await actsOf(local)).toMatchObject([
        { before: { roles: ['user', 'admin'] }, after: { roles: ['moderator'] }, reason: act.reason },
      ]);
      expect(valueOf(await stores.accounts.setRoles(randomUUID(), ['user'], LATER, act))).toBeNull();
      expect(await actsOf(local)).toHaveLength(1);
    });

    it('[AUDIT-4] an account that is made is kept, one that is a conflict not', async () => {
      const [by, account] = [actor(), accountOf({ email: `${randomUUID()}@x` })];
      const act = actBy(by, NOW, { action: 'account:created', target: { kind: 'user', id: account.id } });
      valueOf(await stores.accounts.create(account, NOW, act));
      const { name, email } = account;
      expect((await stores.accounts.create(accountOf({ name }), NOW, act)).ok).toBe(false);
      expect((await stores.accounts.create(accountOf({ email: email! }), NOW, act)).ok).toBe(false);
      expect(await actsOf(by)).toMatchObject([{ action: 'account:created' }]);
    });

    it('[AUDIT-4] a password that is replaced is kept, one of nobody not', async () => {
      const [by, account] = [actor(), accountOf()];
      valueOf(await stores.accounts.create(account, NOW));
      const change = { nextHash: 'next', token: null, lifetimeMs: 1, longestTokenMs: 1, knownHash: null };
      const act = actBy(by, NOW, { action: 'password:reset' });
      const { refreshTokens } = stores;
      expect(
        valueOf(await refreshTokens.changePassword({ ...change, accountId: account.id }, NOW, act)),
      ).toBe(NOW);
      expect(
        valueOf(await refreshTokens.changePassword({ ...change, accountId: 'nobody' }, NOW, act)),
      ).toBeNull();
      expect(await actsOf(by)).toHaveLength(1);
    });

    it('[AUDIT-4] keys that rotate are kept', async () => {
      const by = actor();
      const key = { kid: randomUUID(), alg: 'ES256', privateJwk: { kty: 'EC' } };
      const act = actBy(by, NOW, { action: 'keys:rotated', target: { kind: 'key', id: key.kid } });
      valueOf(await stores.keys.rotate(key, NOW, act));
      expect(await actsOf(by)).toMatchObject([{ target: { id: key.kid } }]);
    });

    it('[AUDIT-4] a channel that is made is kept, one that existed not', async () => {
      const by = actor();
      const channel = { id: randomUUID(), name: 'The room', topic: 'Everything', private: true };
      valueOf(await stores.directory.create(channel, by, NOW));
      valueOf(await stores.directory.create(channel, by, NOW + 1));
      const { id, ...after } = channel;
      expect(await actsOf(by)).toMatchObject([
        {
          ...{ at: NOW, action: 'channel:created', channel: id, after },
          target: { kind: 'channel', id, name: 'The room' },
        },
      ]);
    });

    it('[AUDIT-2] acts of all stores at once are one chain', async () => {
      const by = actor();
      const act = (): ReturnType<typeof actBy> => actBy(by, NOW, noteOn('bob'));
      const account = accountOf();
      valueOf(await stores.accounts.create(account, NOW));
      const before = valueOf(await stores.audit.head()).seq;
      const acts = Array.from({ length: 8 }, () => [
        stores.security.revokeUser(account.id, null, LATER, NOW, act()),
        stores.security.grantRoles(account.id, ['admin'], NOW, act()),
        stores.accounts.setRoles(account.id, ['user'], LATER, act()),
        stores.directory.create({ id: randomUUID(), name: 'x', private: false }, by, NOW),
        stores.audit.append(act()),
      ]).flat();
      for (const done of await Promise.all<{ readonly ok: boolean }>(acts)) expect(done.ok).toBe(true);
      const verdict = valueOf(await verifyChain(stores.audit));
      expect(verdict).toMatchObject({ sound: true, head: { seq: before + acts.length } });
    });
  });
}
