import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseText } from '../../web/src/text/parse-text.ts';

const links = (content: string): string[] =>
  parseText(content).flatMap((part) => (part.kind === 'link' ? [part.href] : []));

describe('text of messages', () => {
  it('[PAGE-4] makes links of http and https addresses and of nothing else', () => {
    expect(links('see https://example.org/a?b=c#d and http://example.org')).toEqual([
      'https://example.org/a?b=c#d',
      'http://example.org/',
    ]);
    const hostile = [
      'javascript:alert(1)',
      'JavaScript:alert(1)//https',
      'data:text/html,<script>alert(1)</script>',
      'vbscript:x',
      'file:///etc/passwd',
      'https://',
      'https://bank.example@evil.example/',
      'https://user:password@evil.example/',
      '<a href="javascript:alert(1)">x</a>',
    ];
    for (const content of hostile) expect(links(content), content).toEqual([]);
  });

  it('[PAGE-4] leaves the punctuation of the sentence out of a link', () => {
    expect(links('(https://example.org/x).')).toEqual(['https://example.org/x']);
    expect(links('https://example.org/Y_(z), or')).toEqual(['https://example.org/Y_(z)']);
    expect(links('"https://example.org/q"!')).toEqual(['https://example.org/q']);
  });

  it('[PAGE-4] never loses or adds a character, and never links anything but the web', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '`',
        'https://',
        'http://a.b',
        'javascript:',
        ')',
        '.',
        '\n',
        '\u202e',
        '<script>',
        '@',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const content = pieces.join('');
        const parts = parseText(content);
        const whole = parts.map((part) => (part.kind === 'code' ? `\`${part.text}\`` : part.text)).join('');
        expect(whole).toBe(content);
        for (const part of parts) if (part.kind === 'link') expect(part.href).toMatch(/^https?:\/\//u);
      }),
    );
  });

  it('[PAGE-5] takes what stands between backticks on a line for code, addresses in it too', () => {
    expect(parseText('run `npm start` now')).toEqual([
      { kind: 'text', text: 'run ' },
      { kind: 'code', text: 'npm start' },
      { kind: 'text', text: ' now' },
    ]);
    expect(parseText('`https://example.org`')).toEqual([{ kind: 'code', text: 'https://example.org' }]);
    expect(parseText('a ` b\n` c')).toEqual([{ kind: 'text', text: 'a ` b\n` c' }]);
  });
});
