import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAccountName, parseDisplayName, withSuffix } from '../../src/auth/display-name.ts';
import { codePoints, hasControlCharacters } from '../../src/protocol/text.ts';

const name = (text: string) => {
  const parsed = parseDisplayName(text);
  return parsed.ok ? parsed.value : parsed.failure.code;
};

describe('names', () => {
  it('[AUTH-1] are kept as NFKC, trimmed, with single spaces', () => {
    expect(name('  Ada   Lovelace ')).toBe('Ada Lovelace');
    expect(name('Ａｄａ')).toBe('Ada');
    expect(name('ﬁna')).toBe('fina');
    expect(name('Ada\u00a0L')).toBe('Ada L');
    expect(name('日本語')).toBe('日本語');
    expect(name('[AfC]')).toBe('[AfC]');
  });

  it('[AUTH-1] have 1 to 32 code points', () => {
    expect(name('')).toBe('bad_request');
    expect(name('   ')).toBe('bad_request');
    expect(name('😀'.repeat(32))).toBe('😀'.repeat(32));
    expect(name('😀'.repeat(33))).toBe('bad_request');
    expect(name('a'.repeat(33))).toBe('bad_request');
    // One code unit that NFKC turns into eighteen.
    expect(name('\ufdfa'.repeat(3))).toBe('bad_request');
    expect(name('a'.repeat(1_000_000))).toBe('bad_request');
  });

  it.each([
    ['a lone surrogate', 'a\ud800b'],
    ['U+0000', 'a\0b'],
    ['a line break', 'a\nb'],
    ['DEL', 'a\u007fb'],
    ['C1', 'a\u0085b'],
    ['a direction override', 'a\u202eb'],
    ['a direction isolate', 'a\u2066b'],
    ['a direction mark', 'a\u200fb'],
    ['a zero-width space', 'a\u200bb'],
    ['a joiner between letters of ASCII', 'a\u200db'],
    ['a byte order mark', 'a\ufeffb'],
    ['a Hangul filler', '\u3164'],
    ['a line separator', 'a\u2028b'],
    ['a private-use character', 'a\ue000b'],
    ['nothing but combining marks', '\u0301\u0301'],
  ])('[AUTH-1] may not hold %s', (_what, text) => {
    expect(name(text)).toBe('bad_request');
  });

  it('[AUTH-1] keep the joiners that scripts and emoji need', () => {
    expect(name('👩‍💻')).toBe('👩‍💻');
    expect(name('می‌خواهم')).toBe('می‌خواهم');
    expect(name('❤️')).toBe('❤️');
  });

  it('[AUTH-1] are, whatever was written, stable and within the rules or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const parsed = parseDisplayName(text);
        if (!parsed.ok) return;
        expect(parseDisplayName(parsed.value)).toEqual(parsed);
        expect(codePoints(parsed.value)).toBeGreaterThan(0);
        expect(codePoints(parsed.value)).toBeLessThanOrEqual(32);
        expect(hasControlCharacters(parsed.value)).toBe(false);
        expect(parsed.value.isWellFormed()).toBe(true);
      }),
    );
  });

  it("[AUTH-2] of accounts don't begin as guests' do", () => {
    expect(parseAccountName('Guest-ada')).toMatchObject({ ok: false, failure: { code: 'bad_request' } });
    expect(parseAccountName('ｇuest-ada')).toMatchObject({ ok: false });
    expect(parseAccountName('guesting')).toEqual({ ok: true, value: 'guesting' });
    expect(parseDisplayName('guest-ada')).toEqual({ ok: true, value: 'guest-ada' });
  });

  it('[AUTH-1] stay within the bound with a suffix', () => {
    expect(withSuffix('ada', 'xyz')).toBe('ada-xyz');
    expect(codePoints(withSuffix('😀'.repeat(32), 'xyz'))).toBe(32);
  });
});
