/** The audit log over REST, the terminal and PostgreSQL, and what happens to who tampers with it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditHead } from '../../src/storage/audit-chain.ts';
import { verifyChain } from '../../src/storage/audit-chain-reader.ts';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import type { Database } from '../../src/storage/database.ts';
import { PostgresAuditLog } from '../../src/storage/postgres-audit-log.ts';
import { actOf } from '../contracts/audit-log.ts';
import { valueOf } from '../contracts/stores.ts';
import { register, rest } from '../support/account-client.ts';
import { adminCommand, auditVerify } from '../support/admin-command.ts';
import { createDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import { serverToken } from '../support/server-tokens.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const PINNED = /^The audit log is sound\. Acts: (\d+)\.\n--expect ([0-9a-f]{64}) --at \1\n$/;

type Method = Parameters<typeof rest>[1];

interface Acts {
  readonly items: readonly Record<string, unknown>[];
  readonly has_more: boolean;
  readonly next?: number;
}

describe('beside a server', () => {
  let server: WireServer;
  let root: string;
  const env = () => ({ DATABASE_URL: server.database.connectionString });
  beforeAll(async () => {
    server = await startWireServer({ CHANNEL_CREATION: 'users', REGISTRATION: 'open' });
    root = await serverToken(server.database.connectionString, { name: 'Root', roles: ['user', 'admin'] });
  });
  afterAll(() => server.end());
  const send = (method: Method, where: string, payload?: object, token = root) =>
    rest(server.url, method, where, { token, ...(payload === undefined ? {} : { payload }) });
  const acts = async (query: string): Promise<Acts> => (await send('GET', `/audit?${query}`)).body as Acts;

  it('[AUDIT-9] roles, revocations and channels are kept with who, whom, why, before and after', async () => {
    const id = await register(server.url, 'Bob', 'correct horse');
    await send('PATCH', `/users/${id}`, { roles: ['moderator'], reason: 'He helps out.' });
    await send('PATCH', `/users/${id}`, { roles: ['user'] });
    await send('POST', '/revocations', { user_id: id, reason: 'A lost telephone.' });
    await send('POST', '/revocations', { token_id: 'some-token' });
    await send('POST', '/channels', { name: 'The Room', description: 'Everything' });
    const by = { id: expect.any(String), name: 'Root' };
    const target = { kind: 'user', id, name: 'Bob' };
    expect((await acts(`target=${id}`)).items).toMatchObject([
      { action: 'user:revoked', actor: by, reason: 'A lost telephone.', target: { kind: 'user', id } },
      {
        action: 'roles:changed',
        actor: by,
        target,
        before: { roles: ['user', 'moderator'] },
        after: { roles: ['user'] },
      },
      { action: 'roles:changed', actor: by, target, reason: 'He helps out.', before: { roles: ['user'] } },
    ]);
    expect((await acts('action=token:revoked')).items).toMatchObject([
      { actor: by, target: { kind: 'token', id: 'some-token' }, erased: false },
    ]);
    expect((await acts('channel_id=the-room')).items).toMatchObject([
      { action: 'channel:created', after: { name: 'The Room', description: 'Everything', private: false } },
    ]);
  });

  it('[AUDIT-9] what comes from the terminal is by `terminal`', async () => {
    const admin = (...args: string[]) => adminCommand(env(), args);
    for (const args of [
      ['create', 'Ada', '--role', 'moderator'],
      ['reset-password', 'Ada'],
      ['promote', 'Ada', 'user'],
      ['token', 'Ada'],
      ['revoke', 'Ada'],
      ['revoke', '--token', 'x'],
      ['rotate-keys'],
    ]) {
      expect((await admin(...args)).code).toBe(0);
    }
    const { items } = await acts('actor=terminal');
    expect(items.map(({ action }) => action)).toEqual([
      ...['keys:rotated', 'token:revoked', 'user:revoked', 'token:issued', 'roles:changed'],
      ...['password:reset', 'account:created'],
    ]);
    expect(items[4]).toMatchObject({ before: { roles: ['user', 'moderator'] }, after: { roles: ['user'] } });
    expect(items[6]).toMatchObject({
      target: { kind: 'user', name: 'Ada' },
      after: { roles: ['user', 'moderator'] },
    });
  });

  it('[AUDIT-8] administrators alone read it, page after page, and erase what is personal', async () => {
    for (const [token, status] of [
      [undefined, 401],
      [
        await serverToken(server.database.connectionString, { name: 'Mod', roles: ['user', 'moderator'] }),
        403,
      ],
    ] as const) {
      for (const [method, where] of [
        ['GET', '/audit?limit=0'],
        ['DELETE', '/audit/x/texts'],
      ] as const) {
        const answer = await rest(server.url, method, where, token === undefined ? {} : { token });
        expect([method, answer.status]).toEqual([method, status]);
      }
    }
    expect((await send('GET', '/audit?limit=0')).status).toBe(400);
    const whole = (await acts('limit=200')).items;
    const first = await acts('limit=2');
    expect([first.items, first.has_more, first.next]).toEqual([whole.slice(0, 2), true, whole[1]!['seq']]);
    expect((await acts(`limit=2&before=${String(first.next)}`)).items).toEqual(whole.slice(2, 4));
    const { at, seq } = whole.find(({ action }) => action === 'user:revoked')!;
    expect((await acts(`since=${String(at)}&until=${Number(at) + 1}`)).items).toMatchObject([{ seq }]);

    const where = `/audit/${String(seq)}/texts`;
    expect((await send('DELETE', where)).status).toBe(204);
    expect((await send('DELETE', where)).status).toBe(404);
    expect((await send('DELETE', '/audit/100000/texts')).status).toBe(404);
    expect((await send('DELETE', '/audit/0/texts')).status).toBe(400);
    const [erasure, ...others] = (await acts('limit=200')).items;
    expect(erasure).toMatchObject({ action: 'audit:erased', target: { kind: 'audit', id: String(seq) } });
    const erased = others.find((act) => act['seq'] === seq)!;
    expect(erased).toMatchObject({ erased: true, actor: { id: expect.any(String) } });
    expect(erased).not.toHaveProperty('reason');
    const { rows } = await withClient(server.database.connectionString, (client) =>
      client.query('select count(*)::integer as count from audit_texts where seq = $1', [seq]),
    );
    expect(rows).toEqual([{ count: 0 }]);
  });

  it('[AUDIT-10] audit:verify says that it is sound, and where it ends; and what is wrong later', async () => {
    const sound = await auditVerify(env());
    expect(sound).toMatchObject({ code: 0, stdout: expect.stringMatching(PINNED), stderr: '' });
    const [, seq, hash] = PINNED.exec(sound.stdout)!;
    await send('POST', '/revocations', { token_id: 'later' });
    expect((await auditVerify(env(), ['--expect', hash!.toUpperCase(), '--at', seq!])).code).toBe(0);
    const other = `${hash![0] === '0' ? '1' : '0'}${hash!.slice(1)}`;
    expect(await auditVerify(env(), ['--expect', other, '--at', seq!])).toEqual({
      ...{ code: 1, stdout: '' },
      stderr: `hubbub: The audit log was tampered with: row ${seq!} is not the one that was noted.\n`,
    });
    expect((await auditVerify(env(), ['--expect', hash!, '--at', '1000'])).code).toBe(1);
    await withClient(server.database.connectionString, async (client) => {
      await client.query('alter table audit_log disable trigger user');
      await client.query("update audit_log set action = 'channel:kept' where action = 'channel:created'");
    });
    expect(await auditVerify(env())).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: expect.stringMatching(/^hubbub: The audit log was tampered with: row \d+ was changed\.\n$/),
    });
  });

  it('[AUDIT-10] audit:verify says how it is used', async () => {
    for (const args of [
      ['--expect', 'x'],
      ['--at', '1'],
      ['--at', 'x', '--expect', '0'.repeat(64)],
      ['x'],
      ['--x'],
    ]) {
      expect(await auditVerify(env(), args)).toMatchObject({
        ...{ code: 2, stdout: '' },
        stderr: expect.stringContaining('Usage: npm run audit:verify'),
      });
    }
    expect(await auditVerify(env(), ['--help'])).toMatchObject({ code: 0, stderr: '' });
  });
});

it('[AUDIT-10] audit:verify works with the embedded PostgreSQL while no server runs', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'hubbub-audit-'));
  try {
    expect((await adminCommand({ DATA_DIR: folder }, ['create', 'Root'])).code).toBe(0);
    const { code, stdout } = await auditVerify({ DATA_DIR: folder });
    expect([code, PINNED.exec(stdout)?.[1]]).toEqual([0, '1']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

describe('in the database', () => {
  const COUNT = 6;
  let test: TestDatabase;
  let database: Database;
  let audit: PostgresAuditLog;
  let head: AuditHead;
  beforeAll(async () => {
    test = await createDatabase();
    const { connectionString } = test;
    database = valueOf(await connectDatabase({ connectionString, logger: pino({ level: 'silent' }) }));
    audit = new PostgresAuditLog(database);
    for (let nth = 1; nth <= COUNT; nth += 1) {
      const target = { kind: 'user', id: `u${nth}`, name: 'Bob' } as const;
      valueOf(
        await audit.append(actOf({ at: nth, ...(nth % 2 === 0 ? { target, channel: 'general' } : {}) })),
      );
    }
    head = valueOf(await audit.head());
    await database.query('create table kept_log as table audit_log', []);
    await database.query('create table kept_texts as table audit_texts', []);
  });
  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  it('[AUDIT-3] no statement changes or removes a row', async () => {
    await withClient(test.connectionString, async (client) => {
      for (const statement of [
        "update audit_log set actor_id = 'eve'",
        'delete from audit_log where seq = 1',
        'truncate audit_log cascade',
        "update audit_texts set text = '{}'",
      ]) {
        await expect(client.query(statement)).rejects.toThrow(/only grows/);
      }
    });
    expect(valueOf(await verifyChain(audit))).toEqual({ sound: true, head });
  });

  it('[AUDIT-6] whatever is done to any row, past the triggers, is found', async () => {
    const seq = fc.integer({ min: 1, max: COUNT });
    const tampering = fc.oneof(
      fc.record({
        kind: fc.constant('change' as const),
        seq,
        column: fc.constantFrom(
          ...[
            'at = at + 1',
            "actor_id = 'eve'",
            "action = 'x:y'",
            "target_kind = 'rule'",
            "target_id = 'eve'",
          ],
          ...["channel_id = 'other'", "details = '\\x00'", "previous = '\\x00'", "hash = '\\x00'"],
        ),
      }),
      fc.record({ kind: fc.constant('remove' as const), seq }),
      fc
        .record({ kind: fc.constant('swap' as const), seq, other: seq })
        .filter((each) => each.seq !== each.other),
      fc.record({ kind: fc.constant('insert' as const), seq }),
      fc.record({ kind: fc.constant('text' as const), seq }),
    );
    await withClient(test.connectionString, async (client) => {
      await fc.assert(
        fc.asyncProperty(tampering, async (each) => {
          await pastTriggers(client, async () => {
            switch (each.kind) {
              case 'change':
                return client.query(`update audit_log set ${each.column} where seq = $1`, [each.seq]);
              case 'remove':
                return client.query('delete from audit_log where seq = $1', [each.seq]);
              case 'swap':
                await client.query('update audit_log set seq = -seq where seq in ($1, $2)', [
                  each.seq,
                  each.other,
                ]);
                return client.query('update audit_log set seq = $1::bigint + $2 + seq where seq < 0', [
                  each.seq,
                  each.other,
                ]);
              case 'insert':
                await client.query('update audit_log set seq = -seq - 1 where seq >= $1', [each.seq]);
                await client.query('update audit_log set seq = -seq where seq < 0');
                return client.query(
                  `insert into audit_log select $1::bigint, at, actor_id, action, target_kind, target_id, channel_id, details,
                     previous, hash from kept_log where seq = $1`,
                  [each.seq],
                );
              case 'text':
                return client.query('update audit_texts set text = \'{"reason":"none"}\' where seq = $1', [
                  each.seq,
                ]);
            }
          });
          const verdict = valueOf(await verifyChain(audit));
          await pastTriggers(client, async () => {
            await client.query('delete from audit_texts');
            await client.query('delete from audit_log');
            await client.query('insert into audit_log select * from kept_log');
            await client.query('insert into audit_texts select * from kept_texts');
          });
          expect(verdict).toEqual({ sound: false, problem: expect.stringMatching(/row \d/) });
        }),
        { numRuns: 60 },
      );
    });
    expect(valueOf(await verifyChain(audit))).toEqual({ sound: true, head });
  });

  /** As a superuser can: neither triggers nor foreign keys see it. */
  async function pastTriggers(client: pg.Client, work: () => Promise<unknown>): Promise<void> {
    await client.query("begin; set local session_replication_role = 'replica'");
    await work();
    await client.query('commit');
  }
});
