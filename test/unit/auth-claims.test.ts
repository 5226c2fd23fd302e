import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClaims } from '../../src/auth/claims.ts';
import type { Claims } from '../../src/auth/claims.ts';
import { anyText } from '../support/any-text.ts';

const SOUND = { sub: 'ada', exp: 1_700_000_300 };
const read = (claims: Claims, clients: readonly string[] = []) =>
  readClaims({ ...SOUND, ...claims }, clients);
const rolesOf = (claims: Claims, clients?: readonly string[]) => read(claims, clients)?.roles;

describe('claims', () => {
  it('[AUTH-38] without anything but subject and end are of a user', () => {
    expect(read({})).toEqual({ subject: 'ada', roles: ['user'], tokenIds: [], expiresAt: 1_700_000_300_000 });
  });

  it.each([
    [{ preferred_username: 'ada', name: 'Ada L', given_name: 'Ada' }, 'ada'],
    [{ name: 'Ada L', given_name: 'Ada' }, 'Ada L'],
    [{ given_name: 'Ada' }, 'Ada'],
    [{ preferred_username: 7, name: '', given_name: '  Ada ' }, 'Ada'],
    [{ preferred_username: 'x'.repeat(33), name: 'a\u202eb', given_name: 'Ada' }, 'Ada'],
    [{ preferred_username: 'x'.repeat(33) }, undefined],
    [{ nickname: 'lady' }, undefined],
  ])('[AUTH-38] %j name someone %j', (claims, name) => {
    expect(read(claims)?.name).toBe(name);
  });

  it.each([
    ['https://pictures.test/ada.png', 'https://pictures.test/ada.png'],
    ['http://pictures.test/ada b.png', 'http://pictures.test/ada%20b.png'],
    ['javascript:alert(1)', undefined],
    [7, undefined],
    [['https://pictures.test/ada.png'], undefined],
  ])('[AUTH-38] the picture %j is the avatar %j', (picture, avatar) => {
    expect(read({ picture })?.avatar).toBe(avatar);
  });

  it.each<[string, Claims, readonly string[]]>([
    ['ours', { roles: ['admin'] }, ['user', 'admin']],
    ['ours with a prefix', { roles: ['hubbub:moderator'] }, ['user', 'moderator']],
    [
      'Keycloak’s of the realm',
      { realm_access: { roles: ['moderator', 'offline_access'] } },
      ['user', 'moderator'],
    ],
    ['Kinde’s permissions', { permissions: ['hubbub:admin', 'create:thing'] }, ['user', 'admin']],
    ['Kinde’s roles', { roles: [{ id: 'r1', key: 'moderator', name: 'admin' }] }, ['user', 'moderator']],
    ['several', { roles: ['admin', 'moderator'], permissions: ['admin'] }, ['user', 'admin', 'moderator']],
    ['a guest’s', { roles: ['guest', 'user'] }, ['user']],
    ['in another case', { roles: ['Admin', 'ADMIN'] }, ['user']],
    ['with others in their name', { roles: ['not-admin', 'other:admin', 'hubbub:hubbub:admin'] }, ['user']],
    ['of no shape', { roles: 'admin', permissions: { admin: true }, realm_access: ['admin'] }, ['user']],
    ['deep', { roles: [['admin'], { key: ['admin'] }, null] }, ['user']],
    ['of nothing', { roles: null, realm_access: null, resource_access: 'admin' }, ['user']],
  ])('[AUTH-39] roles: %s', (_name, claims, roles) => {
    expect(rolesOf(claims)).toEqual(roles);
  });

  it('[AUTH-39] Keycloak’s roles of clients count for this server’s client ids and audiences alone', () => {
    const access = { chat: { roles: ['moderator'] }, shop: { roles: ['admin'] } };
    expect(rolesOf({ resource_access: access, azp: 'shop' }, ['chat'])).toEqual(['user', 'moderator']);
    expect(rolesOf({ resource_access: access, azp: 'chat' }, ['chat', 'shop'])).toEqual([
      'user',
      'moderator',
      'admin',
    ]);
    expect(rolesOf({ resource_access: access, azp: 'shop' }), 'where none is known').toEqual([
      'user',
      'admin',
    ]);
    expect(rolesOf({ resource_access: access })).toEqual(['user']);
    expect(rolesOf({ resource_access: access }, ['__proto__', 'constructor', 'toString'])).toEqual(['user']);
  });

  it.each([
    [
      ['general', 'team:*', '*'],
      ['general', 'team:*', '*'],
    ],
    [[], []],
    [['', ' general', 'a b', 'a*b', '**', 7, null, ['general'], 'x'.repeat(65), 'ok'], ['ok']],
    [['nothing here'], []],
  ])('[AUTH-40] channels %j are %j', (channels, kept) => {
    expect(read({ channels })?.channels).toEqual(kept);
  });

  it.each(['general', 7, null, { 0: 'general' }, true])(
    '[AUTH-40] channels %j refuse the token',
    (channels) => {
      expect(read({ channels })).toBeNull();
    },
  );

  it('[AUTH-41] a token goes by its id and its session, and neither can stand for the other', () => {
    expect(read({ jti: 'j1', sid: 's1' })?.tokenIds).toEqual(['j1', 'session:s1']);
    expect(read({ jti: 'session:s1' })?.tokenIds).toEqual(['session:s1']);
    expect(read({ jti: 7, sid: '' })?.tokenIds).toEqual([]);
    expect(read({ jti: 'x'.repeat(256) })?.tokenIds).toEqual([]);
  });

  it('[AUTH-41] the program that it was given to is azp, else client_id', () => {
    expect(read({ azp: 'page', client_id: 'other' })?.clientId).toBe('page');
    expect(read({ client_id: 'other' })?.clientId).toBe('other');
    expect(read({ azp: ['page'] })?.clientId).toBeUndefined();
  });

  it.each([
    { sub: undefined },
    { sub: '' },
    { sub: 7 },
    { sub: 'x'.repeat(256) },
    { sub: 'a\0b' },
    { exp: '1' },
  ])('[AUTH-33] %j refuses the token', (claims) => {
    expect(read(claims)).toBeNull();
  });

  it('[AUTH-41] times are ms, and none is beyond what JavaScript can tell', () => {
    expect(read({ iat: 1_700_000_000.5 })).toMatchObject({ issuedAt: 1_700_000_000_500 });
    expect(read({ exp: 1e300 })?.expiresAt).toBe(8_640_000_000_000_000);
  });

  it('[AUTH-39] no claim of any shape makes it throw, or staff of who isn’t named so', () => {
    const names = [
      'sub',
      'name',
      'picture',
      'roles',
      'permissions',
      'realm_access',
      'resource_access',
      'azp',
      'channels',
    ];
    const claims = fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.jsonValue(), anyText));
    fc.assert(
      fc.property(claims, (some) => {
        const token = readClaims({ ...SOUND, ...some }, ['chat']);
        if (!JSON.stringify(some).includes('admin')) expect(token?.roles ?? []).not.toContain('admin');
        if (token !== null) expect(token.roles).toContain('user');
      }),
    );
  });
});
