import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SHORT_CODES } from '../../web/src/text/short-codes.ts';

const page = readFileSync(new URL('../../docs/short-codes.md', import.meta.url), 'utf8');

describe('short codes', () => {
  it('[PAGE-27] docs/short-codes.md shows those that the page knows, and no other', () => {
    const rows = [...page.matchAll(/^\| (\S+)\s+\| (`.*`)\s+\|$/gmu)];
    const shown = rows.flatMap(([, emoji, codes]) =>
      [...codes!.matchAll(/`:([a-z0-9_+-]+):`/gu)].map(([, name]) => [name, emoji]),
    );
    expect(shown).toEqual([...SHORT_CODES]);
  });

  it('[PAGE-27] each stands for one emoji', () => {
    const codes = [...SHORT_CODES];
    expect(codes.filter(([, emoji]) => !/^\p{RGI_Emoji}$/v.test(emoji))).toEqual([]);
    expect(new Set(codes.map(([name]) => name)).size).toBe(codes.length);
  });
});
