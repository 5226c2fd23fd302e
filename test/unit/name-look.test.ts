import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAccountName, parseDisplayName } from '../../src/auth/display-name.ts';
import { looksLikePrefixed, nameLooks } from '../../src/protocol/name-look.ts';
import { nameKey } from '../../src/protocol/text.ts';

const alike = (one: string, other: string) => {
  const [a, b] = [nameLooks(one), nameLooks(other)];
  return a.look === b.look || a.foldedLook === b.foldedLook;
};

describe('what names look like', () => {
  it.each([
    ['case', 'paul', 'PAUL'],
    ['width', 'paul', 'ｐａｕｌ'],
    ['a capital I for a small l', 'paul', 'pauI'],
    ['a Cyrillic letter', 'paul', 'p\u0430ul'],
    ['both', 'paul', 'P\u0430uI'],
    ['both the other way round', 'paui', '\u0420AUI'],
    ['a digit', 'Bob', 'B0b'],
    ['a dash', 'a-b', 'a\u2013b'],
    ['two letters that read as one', 'modern', 'modem'],
    ['the same in capitals', 'MODERN', 'modem'],
    ['an accented letter of another script', 'Ève', '\u0400ve'],
    ['Greek capitals', 'BOB', '\u0392\u039f\u0392'],
    ['a joiner that draws nothing', 'ми\u200dр', 'мир'],
    ['an emoji selector', '❤', '❤\ufe0f'],
  ])('[AUTH-70] is the same with %s', (_what, one, other) => {
    expect(alike(one, other)).toBe(true);
  });

  it.each([
    ['paul', 'saul'],
    ['Ada', 'Adа L'],
    ['Eve', 'Ève'],
    ['日本', '日木'],
    ['ada', 'ad a'],
    ['cl', 'd'],
  ])('[AUTH-70] differs for %s and %s', (one, other) => {
    expect(alike(one, other)).toBe(false);
  });

  const name = fc
    .oneof(
      fc.string({ unit: 'grapheme', maxLength: 24 }),
      fc.string({ unit: 'binary', maxLength: 24 }),
      fc.string({ unit: fc.constantFrom(...Array.from('Il1|0OmrnMRNаАиИKΚ-–ßẞİıſ%')), maxLength: 12 }),
    )
    .map((text) => parseDisplayName(text))
    .filter((parsed) => parsed.ok)
    .map((parsed) => parsed.value);

  it('[AUTH-70] has a look that is its own look', () => {
    fc.assert(
      fc.property(name, (text) => {
        const { look, foldedLook } = nameLooks(text);
        expect(look).not.toBe('');
        expect(nameLooks(look)).toEqual({ look, foldedLook: look });
        expect(nameLooks(foldedLook)).toEqual({ look: foldedLook, foldedLook });
      }),
    );
  });

  it('[AUTH-70] is the same however case and width are written', () => {
    fc.assert(
      fc.property(name, (text) => {
        expect(nameLooks(nameKey(text)).foldedLook).toBe(nameLooks(text).foldedLook);
        const wide = text.replace(/[!-~]/g, (c) => String.fromCodePoint(c.charCodeAt(0) + 0xfee0));
        expect(nameLooks(wide)).toEqual(nameLooks(text));
        const other = text.replace(/[a-zA-Z]/g, (c) => (c < 'a' ? c.toLowerCase() : c.toUpperCase()));
        expect(nameLooks(other).foldedLook).toBe(nameLooks(text).foldedLook);
      }),
    );
  });

  it('[AUTH-70] fits into an index, whatever the name', () => {
    fc.assert(
      fc.property(name, (text) => {
        const { look, foldedLook } = nameLooks(text);
        expect(Buffer.byteLength(look + foldedLook)).toBeLessThan(2_700);
        expect(look + foldedLook).not.toContain('\0');
      }),
    );
  });
});

describe("names that look like guests'", () => {
  it.each(['gu\u0435st-ada', 'guest\u2013ada', 'GUE\u0405T-ada', 'ｇuest‐x', 'gu\u0435\u0455t-'])(
    '[AUTH-71] %s is for no account',
    (text) => {
      expect(parseAccountName(text)).toMatchObject({ ok: false, failure: { code: 'bad_request' } });
      expect(parseDisplayName(text).ok).toBe(true);
    },
  );

  it('[AUTH-71] others are free', () => {
    for (const text of ['guesting', 'guest', 'a guest-', 'quest-1'])
      expect(parseAccountName(text).ok).toBe(true);
    expect(looksLikePrefixed('quest-1', 'guest-')).toBe(false);
  });
});
