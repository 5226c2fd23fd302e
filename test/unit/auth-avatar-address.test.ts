import { describe, expect, it } from 'vitest';
import { MAX_AVATAR_LENGTH, parseAvatarAddress } from '../../src/auth/avatar-address.ts';

const ORIGIN = 'https://pictures.test/';

describe('the address of an avatar', () => {
  it.each([
    ['HTTP://Pictures.test/ä b', 'http://pictures.test/%C3%A4%20b'],
    [' https://pictures.test\n/x ', 'https://pictures.test/x'],
    ['https://pictures.test/ada.png?size=2#top', 'https://pictures.test/ada.png?size=2#top'],
  ])('[AUTH-38] [AUTH-56] %j is kept as %j', (text, value) => {
    expect(parseAvatarAddress(text)).toEqual({ ok: true, value });
  });

  it('[AUTH-38] [AUTH-56] has as many characters as it may have, and none more', () => {
    const longest = ORIGIN + 'a'.repeat(MAX_AVATAR_LENGTH - ORIGIN.length);
    expect(longest).toHaveLength(2_048);
    expect(parseAvatarAddress(longest)).toEqual({ ok: true, value: longest });
    expect(parseAvatarAddress(`${longest}a`)).toMatchObject({ ok: false });
  });

  it.each([
    'javascript:alert(1)',
    'data:image/png;base64,AAAA',
    'ftp://pictures.test/a',
    '//pictures.test/a',
    '/a.png',
    'a.png',
    '',
    'https://',
    'https://ada:secret@pictures.test/a',
    'https://ada@pictures.test/a',
    'https://:secret@pictures.test/a',
    // Longer once it is written out.
    ORIGIN + 'ü'.repeat(1_000),
  ])('[AUTH-38] [AUTH-56] %j is none', (text) => {
    expect(parseAvatarAddress(text)).toMatchObject({ ok: false, failure: { code: 'bad_request' } });
  });
});
