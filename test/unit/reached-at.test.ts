import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressSet, parseAddressRange } from '../../src/auth/address-range.ts';
import { reachedAt } from '../../src/auth/reached-at.ts';
import { anyText } from '../support/any-text.ts';

const nobody = addressSet([]);
const proxies = addressSet([parseAddressRange('10.0.0.0/8')!]);
const PROXY = '10.0.0.1';
const CLIENT = '198.51.100.1';

describe('where a client reached the server', () => {
  it.each([
    ['no proxy', CLIENT, {}, nobody, [false, 'here']],
    ['a forged scheme', CLIENT, { 'x-forwarded-proto': 'https' }, proxies, [false, 'here']],
    ['a forged host', CLIENT, { 'x-forwarded-host': 'evil' }, proxies, [false, 'here']],
    ['a proxy that says nothing', PROXY, {}, proxies, [false, 'here']],
    ['a proxy', PROXY, { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'chat' }, proxies, [true, 'chat']],
    ['a proxy that nobody trusts', PROXY, { 'x-forwarded-proto': 'https' }, nobody, [false, 'here']],
    ['capitals', PROXY, { 'x-forwarded-proto': 'HTTPS' }, proxies, [true, 'here']],
    ['something else', PROXY, { 'x-forwarded-proto': 'gopher' }, proxies, [false, 'here']],
    ['empty headers', PROXY, { 'x-forwarded-proto': '', 'x-forwarded-host': '' }, proxies, [false, 'here']],
    [
      'a client in front of a proxy that adds',
      PROXY,
      { 'x-forwarded-for': CLIENT, 'x-forwarded-proto': 'https, http', 'x-forwarded-host': 'evil, chat' },
      proxies,
      [false, 'chat'],
    ],
    [
      'two proxies that add',
      PROXY,
      {
        'x-forwarded-for': `${CLIENT}, 10.0.0.2`,
        'x-forwarded-proto': 'http, https, http',
        'x-forwarded-host': 'evil, chat, inner',
      },
      proxies,
      [true, 'chat'],
    ],
    [
      'two proxies that overwrite',
      PROXY,
      { 'x-forwarded-for': `${CLIENT}, 10.0.0.2`, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'chat' },
      proxies,
      [true, 'chat'],
    ],
  ])('[HTTP-26] with %s', (_what, peer, headers, trusted, [secure, host]) => {
    expect(reachedAt(peer, { host: 'here', ...headers }, trusted)).toEqual({ secure, host });
  });

  it('[HTTP-26] as the request itself says, whatever a stranger adds', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (proto, host, chain) => {
        const headers = {
          host: 'here',
          'x-forwarded-proto': proto,
          'x-forwarded-host': host,
          'x-forwarded-for': chain,
        };
        expect(reachedAt(CLIENT, headers, proxies)).toEqual({ secure: false, host: 'here' });
        expect(reachedAt(undefined, headers, proxies)).toEqual({ secure: false, host: 'here' });
      }),
    );
  });
});
