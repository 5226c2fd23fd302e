import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PasswordHasher } from '../../src/auth/password-hasher.ts';
import { ensureAdministrator } from '../../src/composition/first-administrator.ts';
import { madeUpPassword } from '../../src/composition/made-up-password.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import { MemoryAccounts } from '../../src/storage/memory/memory-accounts.ts';
import { MemoryNames } from '../../src/storage/memory/memory-names.ts';

const DONE = { ok: true, value: undefined };

function testStart(store = new MemoryAccounts()) {
  const hasher = new PasswordHasher();
  const printed: string[] = [];
  const logged: string[] = [];
  const log = (...line: unknown[]) => void logged.push(JSON.stringify(line));
  const start = (config: { adminUsername: string; adminPassword?: string } = { adminUsername: 'admin' }) =>
    ensureAdministrator(config, {
      ...{ store, hasher, print: (text) => void printed.push(text) },
      logger: { info: log, warn: log },
      ...{ now: () => 0, newId: randomUUID, random: randomBytes },
    });
  const matches = async (name: string, password: string) => {
    const found = await store.findByName(name);
    const hash = found.ok ? found.value?.passwordHash : undefined;
    const verified = await hasher.verify(hash, password);
    return verified.ok && verified.value;
  };
  return { store, start, printed, logged, matches };
}

describe('the first administrator', () => {
  it('[OPS-40] is made when there is none, and name and password are printed once, not logged', async () => {
    const { start, printed, logged, matches, store } = testStart();
    expect(await start()).toEqual(DONE);
    expect(await start()).toEqual(DONE);
    expect(printed).toHaveLength(1);
    const [, name] = /^ *name: +(\S+)$/m.exec(printed[0]!)!;
    const [, password] = /^ *password: +(\S+)$/m.exec(printed[0]!)!;
    expect(name).toBe('admin');
    expect(await matches('admin', password!)).toBe(true);
    expect(logged.join()).not.toContain(password);
    expect(await store.findByName('admin')).toMatchObject({ value: { roles: ['user', 'admin'] } });
  });

  it('[OPS-40] has the name and the password of the settings, of which the latter is shown nowhere', async () => {
    const { start, printed, logged, matches } = testStart();
    expect(await start({ adminUsername: 'Root', adminPassword: 'correct horse' })).toEqual(DONE);
    expect(printed).toEqual([]);
    expect(logged.join()).not.toContain('correct horse');
    expect(await matches('root', 'correct horse')).toBe(true);
    // Another setting later changes nothing.
    expect(await start({ adminUsername: 'Other', adminPassword: 'battery staple' })).toEqual(DONE);
    expect(await matches('root', 'correct horse')).toBe(true);
    expect(await matches('other', 'battery staple')).toBe(false);
  });

  it('[OPS-42] takes nobody’s name: who has it stays as they are, and the log says what to do', async () => {
    const names = new MemoryNames();
    const { start, printed, logged, store } = testStart(new MemoryAccounts(names));
    const account = { id: 'x', name: 'Admin', passwordHash: 'theirs', roles: ['user'] as const };
    await store.create(account);
    expect(await start()).toEqual(DONE);
    await names.claim('guest', 'root');
    expect(await start({ adminUsername: 'root' })).toEqual(DONE);
    expect(printed).toEqual([]);
    expect(store.get('x')).toEqual(account);
    expect(logged).toHaveLength(2);
    for (const line of logged) expect(line).toContain('npm run admin -- promote');
    await store.setRoles('x', ['user', 'admin'], 0);
    expect(await start()).toEqual(DONE);
    expect(logged).toHaveLength(2);
  });

  it('[OPS-41] is one of those that servers which start at once would make; one of them prints', async () => {
    const { store } = testStart();
    const servers = Array.from({ length: 4 }, () => testStart(store));
    for (const done of await Promise.all(servers.map(({ start }) => start()))) expect(done).toEqual(DONE);
    expect(servers.flatMap(({ printed }) => printed)).toHaveLength(1);
  });

  it('[OPS-40] waits for no store that is away', async () => {
    const { start, store, printed } = testStart();
    store.hasAdministrator = async () => fail(failure('unavailable', 'away', 1_000));
    expect(await start()).toMatchObject({ failure: { code: 'unavailable' } });
    store.hasAdministrator = async () => ({ ok: true, value: false });
    store.createFirstAdministrator = async () => fail(failure('unavailable', 'away', 1_000));
    expect(await start()).toMatchObject({ failure: { code: 'unavailable' } });
    expect(printed).toEqual([]);
  });
});

describe('passwords that are made up', () => {
  it('[OPS-44] are 24 characters that can be read out, of 120 random bits', () => {
    const passwords = Array.from({ length: 200 }, () => madeUpPassword(randomBytes));
    for (const password of passwords) expect(password).toMatch(/^([a-km-np-z2-9]{6}-){3}[a-km-np-z2-9]{6}$/);
    expect(new Set(passwords).size).toBe(200);
    expect(new Set(passwords.join('')).size).toBe(33);
  });
});
