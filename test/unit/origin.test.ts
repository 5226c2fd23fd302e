import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalOrigin, originAllowed } from '../../src/auth/origin.ts';
import { anyText } from '../support/any-text.ts';

describe('which pages may connect', () => {
  it.each([
    ['https://chat.example', 'chat.example'],
    ['https://chat.example', 'chat.example:443'],
    ['http://chat.example', 'chat.example:80'],
    ['http://127.0.0.1:8080', '127.0.0.1:8080'],
    ['http://[::1]:8080', '[::1]:8080'],
    ['HTTPS://Chat.Example', 'chat.example'],
  ])('[OPS-30] the own origin %s at host %s', (origin, host) => {
    expect(originAllowed(origin, host, [])).toBe(true);
  });

  it.each([
    ['https://evil.example', 'chat.example'],
    ['https://chat.example.evil.example', 'chat.example'],
    ['https://chat.example:8443', 'chat.example'],
    ['https://chat.example', 'chat.example:8443'],
    ['null', 'chat.example'],
    ['', 'chat.example'],
    ['https://chat.example/path', 'chat.example'],
    ['https://chat.example@evil.example', 'chat.example'],
    ['file://', 'chat.example'],
    ['https://chat.example', undefined],
    ['https://chat.example', ''],
    ['https://evil.example', 'chat.example, evil.example'],
    ['not an origin', 'not an origin'],
  ])('[OPS-30] not %s at host %s', (origin, host) => {
    expect(originAllowed(origin, host, [])).toBe(false);
  });

  it('[OPS-30] listed origins besides the own one, and all for *', () => {
    const allowed = ['https://app.example', 'capacitor://localhost'];
    expect(originAllowed('https://app.example', 'chat.example', allowed)).toBe(true);
    expect(originAllowed('https://app.example:443', 'chat.example', allowed)).toBe(true);
    expect(originAllowed('capacitor://localhost', 'chat.example', allowed)).toBe(true);
    expect(originAllowed('https://chat.example', 'chat.example', allowed)).toBe(true);
    expect(originAllowed('http://app.example', 'chat.example', allowed)).toBe(false);
    expect(originAllowed('https://anyone.example', 'chat.example', '*')).toBe(true);
    expect(originAllowed('null', 'chat.example', '*')).toBe(true);
  });

  it('[OPS-30] a client without Origin is no browser and is let in', () => {
    expect(originAllowed(undefined, 'chat.example', [])).toBe(true);
    expect(originAllowed(undefined, undefined, [])).toBe(true);
  });

  it('[OPS-30] no header text makes it throw', () => {
    fc.assert(
      fc.property(anyText, anyText, (origin, host) => {
        expect(typeof originAllowed(origin, host, ['https://app.example'])).toBe('boolean');
      }),
    );
  });

  it('[OPS-30] an origin has one canonical form', () => {
    expect(canonicalOrigin('HTTP://Example.org:80/')).toBe('http://example.org');
    expect(canonicalOrigin('https://example.org/path')).toBeNull();
    expect(canonicalOrigin('https://example.org?query')).toBeNull();
    expect(canonicalOrigin('example.org')).toBeNull();
  });
});
