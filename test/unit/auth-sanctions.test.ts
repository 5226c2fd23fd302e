import { describe, expect, it } from 'vitest';
import { type SanctionRequest, Sanctions, type SanctionTarget } from '../../src/auth/sanctions.ts';
import type { Role } from '../../src/protocol/entities.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail, ok } from '../../src/protocol/result.ts';
import { MemorySecurity } from '../../src/storage/memory/memory-security.ts';
import { uuidv7 } from '../../src/threads/uuidv7.ts';

const NOW = 1_700_000_000_000;

function person(
  name: string,
  roles: readonly Role[],
  kind: SanctionTarget['kind'] = 'account',
): SanctionTarget {
  return { id: `u-${name}`, name, roles, kind };
}
const root = person('root', ['user', 'admin']);
const chief = person('chief', ['user', 'admin']);
const mod = person('mod', ['user', 'moderator']);
const peer = person('peer', ['user', 'moderator'], 'issuer');
const ada = person('ada', ['user']);
const gus = person('gus', ['guest'], 'guest');
const PEOPLE = [root, chief, mod, peer, ada, gus];

function acting() {
  const clock = { now: NOW };
  const security = new MemorySecurity();
  let applied = 0;
  const sanctions = new Sanctions({
    store: security.sanctions,
    findTarget: async (key) => {
      if ('id' in key && key.id === 'away') return fail(failure('unavailable', 'away', 1_000));
      return ok(PEOPLE.find(({ id, name }) => ('id' in key ? id === key.id : name === key.name)) ?? null);
    },
    applied: async () => {
      applied += 1;
    },
    now: () => clock.now,
    newId: uuidv7,
  });
  const ban = (by: SanctionTarget, of: string, over: Partial<SanctionRequest> = {}) =>
    sanctions.impose(by, { kind: 'ban', person: { name: of }, ...over });
  const changes = async () => {
    const found = await security.changesAfter(-1, clock.now);
    return found.ok ? (found.value?.sanctions ?? []) : [];
  };
  return { clock, security, sanctions, ban, changes, applied: () => applied };
}

const codeOf = (result: { ok: boolean; failure?: { code: string } }): string | undefined =>
  result.ok ? 'ok' : result.failure?.code;

describe('who may ban and mute everywhere', () => {
  it('[BAN-5] moderators and administrators, on those below them, never on themselves, over pardons too', async () => {
    const { sanctions, ban } = acting();
    const tried: [SanctionTarget, string, string][] = [
      [ada, 'gus', 'forbidden'],
      [gus, 'ada', 'forbidden'],
      [mod, 'ada', 'ok'],
      [mod, 'gus', 'ok'],
      [mod, 'peer', 'forbidden'],
      [mod, 'mod', 'forbidden'],
      [mod, 'root', 'forbidden'],
      [root, 'mod', 'ok'],
      [root, 'chief', 'forbidden'],
      [root, 'root', 'forbidden'],
    ];
    for (const [by, of, code] of tried) expect([of, codeOf(await ban(by, of))]).toEqual([of, code]);
    const muted = await sanctions.impose(root, { kind: 'mute', person: { name: 'mod' } });
    const pardon = (by: SanctionTarget) => sanctions.pardon(by, 'mute', { person: { name: 'mod' } });
    expect(codeOf(await pardon(mod))).toBe('forbidden');
    const id = muted.ok ? muted.value.id : '';
    expect(codeOf(await sanctions.pardon(peer, 'mute', { id }))).toBe('forbidden');
    expect(codeOf(await sanctions.pardon(ada, 'mute', { id }))).toBe('forbidden');
    expect(codeOf(await sanctions.list(ada, { kind: 'ban', limit: 5 }))).toBe('forbidden');
    expect(codeOf(await sanctions.pardon(root, 'mute', { id }))).toBe('ok');
  });

  it('[BAN-6] who isn’t there, what can’t be a reason or an address, and an outage are told apart', async () => {
    const { sanctions, ban, applied } = acting();
    expect(codeOf(await ban(mod, 'nobody'))).toBe('not_found');
    expect(codeOf(await ban(mod, 'a\0b'))).toBe('not_found');
    expect(codeOf(await ban(mod, 'ada', { reason: 'a\0b' }))).toBe('bad_request');
    expect(codeOf(await ban(mod, '', { person: { id: 'away' } }))).toBe('unavailable');
    for (const [of, address] of [
      ['ada', '192.0.2.1'],
      ['gus', 'somewhere'],
      ['gus', '192.0.2.0/24'],
    ] as const) {
      expect(codeOf(await ban(mod, of, { address }))).toBe('bad_request');
    }
    expect(codeOf(await ban(mod, 'gus', { kind: 'mute', address: '192.0.2.1' }))).toBe('bad_request');
    const none = { person: { name: 'ada' } };
    expect(codeOf(await sanctions.pardon(mod, 'ban', none))).toBe('not_found');
    expect(codeOf(await sanctions.pardon(mod, 'ban', { id: 'none' }))).toBe('not_found');
    expect(codeOf(await sanctions.pardon(mod, 'ban', { id: 'a\0b' }))).toBe('not_found');
    expect(await sanctions.list(mod, { kind: 'ban', user: 'a\0b', limit: 5 })).toMatchObject({
      value: { items: [] },
    });
    expect(applied()).toBe(0);
  });

  it('[BAN-6] [BAN-7] what is asked for holds when it is answered: until when, why, from where, what is deleted', async () => {
    const { clock, sanctions, ban, changes, applied } = acting();
    const first = await ban(mod, 'gus', {
      reason: 'spam',
      seconds: 60,
      deleteSeconds: 5,
      address: '::ffff:192.0.2.1',
    });
    expect(first).toMatchObject({
      value: { user: { id: 'u-gus', name: 'gus' }, until: NOW + 60_000, replaced: false },
    });
    expect(applied()).toBe(1);
    expect(await changes()).toMatchObject([
      { userId: 'u-gus', until: NOW + 60_000, reason: 'spam', address: '192.0.2.1', deletes: true },
    ]);
    clock.now += 1;
    expect(await ban(mod, 'gus', { reason: '' })).toMatchObject({ value: { until: null, replaced: true } });
    const [held] = await changes();
    expect(held).toMatchObject({ until: null, deletes: false });
    expect(held).not.toHaveProperty('reason');
    const pardoned = await sanctions.pardon(peer, 'ban', { person: { id: 'u-gus' } });
    expect(pardoned).toMatchObject({ value: { endedAt: NOW + 1, endedBy: { id: 'u-peer', name: 'peer' } } });
    expect(await changes()).toEqual([]);
    expect(applied()).toBe(3);
    expect(await sanctions.list(mod, { kind: 'ban', limit: 5 })).toMatchObject({
      value: { items: [{ until: null }, { reason: 'spam' }], hasMore: false },
    });
  });
});
