import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOnlyEmoji } from '../../web/src/text/only-emoji.ts';
import { parseText, type TextBlock, type TextPart } from '../../web/src/text/parse-text.ts';

/** All parts of a message, those within others too. */
function parts(blocks: readonly TextBlock[]): readonly TextPart[] {
  const within = (list: readonly TextPart[]): readonly TextPart[] =>
    list.flatMap((part) => ('parts' in part ? [part, ...within(part.parts)] : [part]));
  return blocks.flatMap((block) => ('parts' in block ? within(block.parts) : []));
}

const links = (content: string): string[] =>
  parts(parseText(content)).flatMap((part) => (part.kind === 'link' ? [part.href] : []));

/** What one can read of a message. */
function readable(list: readonly (TextPart | TextBlock)[]): string {
  return list.map((one) => ('parts' in one ? readable(one.parts) : one.text)).join('');
}

/** The parts of a message that is nothing but lines. */
function inline(content: string): readonly TextPart[] {
  const [block, ...others] = parseText(content);
  expect(others).toEqual([]);
  return block?.kind === 'lines' ? block.parts : [];
}

const text = (value: string): TextPart => ({ kind: 'text', text: value });

/** Pieces that mean something, in any order. */
const piece = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('*', '**', '***', '~~', '`', '``', '```', '\n', '\n```\n', '\n> '),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'https://',
      'http://a.b',
      'javascript:',
      ':',
      ':tada:',
      ':x',
      ')',
      '(',
      '.',
      '@',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('\u202e', '\u2066', '<script>', '&lt;', ' ', 'a', '文', '👍🏽', '\u0301'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
);
const hostile = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));

describe('links in messages', () => {
  it('[PAGE-4] makes links of http and https addresses and of nothing else', () => {
    expect(links('see https://example.org/a?b=c#d and http://example.org')).toEqual([
      'https://example.org/a?b=c#d',
      'http://example.org/',
    ]);
    const refused = [
      'javascript:alert(1)',
      'JavaScript:alert(1)//https',
      'data:text/html,<script>alert(1)</script>',
      'vbscript:x',
      'file:///etc/passwd',
      'https://',
      'https://bank.example@evil.example/',
      'https://user:password@evil.example/',
      '<a href="javascript:alert(1)">x</a>',
      '[click](javascript:alert(1))',
    ];
    for (const content of refused) expect(links(content), content).toEqual([]);
  });

  it('[PAGE-4] leaves the punctuation of the sentence, and marks of emphasis, out of a link', () => {
    expect(links('(https://example.org/x).')).toEqual(['https://example.org/x']);
    expect(links('https://example.org/Y_(z), or')).toEqual(['https://example.org/Y_(z)']);
    expect(links('"https://example.org/q"!')).toEqual(['https://example.org/q']);
    expect(inline('**https://example.org/q**')).toEqual([
      {
        kind: 'strong',
        parts: [{ kind: 'link', text: 'https://example.org/q', href: 'https://example.org/q' }],
      },
    ]);
  });

  it('[PAGE-4] never links anything but the web, whatever stands there', () => {
    fc.assert(
      fc.property(hostile, (content) => {
        for (const href of links(content)) expect(href).toMatch(/^https?:\/\//u);
      }),
    );
  });
});

describe('code in messages', () => {
  it('[PAGE-5] takes what stands between backticks on a line for code, addresses in it too', () => {
    expect(inline('run `npm start` now')).toEqual([
      text('run '),
      { kind: 'code', text: 'npm start' },
      text(' now'),
    ]);
    expect(inline('`https://example.org` `**a** :tada:`')).toEqual([
      { kind: 'code', text: 'https://example.org' },
      text(' '),
      { kind: 'code', text: '**a** :tada:' },
    ]);
    expect(inline('a ` b\n` c')).toEqual([text('a ` b\n` c')]);
    expect(inline('``a`b``')).toEqual([{ kind: 'code', text: 'a`b' }]);
  });

  it('[PAGE-25] shows lines between fences as a block of code, with the language that was named', () => {
    expect(parseText('before\n```ts\nconst a = `**b**`;\n\n> c\n```\nafter')).toEqual([
      { kind: 'lines', parts: [text('before')] },
      { kind: 'code', language: 'ts', text: 'const a = `**b**`;\n\n> c' },
      { kind: 'lines', parts: [text('after')] },
    ]);
    expect(parseText('```\n<b>\n```')).toEqual([{ kind: 'code', language: '', text: '<b>' }]);
    // One that isn't closed, or empty, or begins with no name of a language, is text.
    for (const content of ['```\nopen', '```\n```', '``` <script>\nx\n```'])
      expect(parseText(content).map((block) => block.kind)).toEqual(['lines']);
  });
});

describe('emphasis in messages', () => {
  it('[PAGE-26] knows strong, emphasised and struck-through text and quotes', () => {
    expect(inline('**a** *b* ~~c~~')).toEqual([
      { kind: 'strong', parts: [text('a')] },
      text(' '),
      { kind: 'em', parts: [text('b')] },
      text(' '),
      { kind: 'del', parts: [text('c')] },
    ]);
    expect(inline('***a***')).toEqual([{ kind: 'strong', parts: [{ kind: 'em', parts: [text('a')] }] }]);
    expect(inline('*a **b** c*')).toEqual([
      { kind: 'em', parts: [text('a '), { kind: 'strong', parts: [text('b')] }, text(' c')] },
    ]);
    expect(parseText('> one\n> *two*\nthree')).toEqual([
      { kind: 'quote', parts: [text('one\n'), { kind: 'em', parts: [text('two')] }] },
      { kind: 'lines', parts: [text('three')] },
    ]);
  });

  it('[PAGE-26] leaves marks that mean something else, or have no partner, as they are', () => {
    const plain = [
      '2 * 3 * 4',
      '2*3*4',
      '* a list\n* of things',
      '**open',
      'open*',
      '*a\nb*',
      '****',
      '~~~~',
      '~a~',
      'snake_case_name and __init__',
      '¯\\_(ツ)_/¯',
      '>.<',
      '<b>*</b>',
    ];
    for (const content of plain) expect(inline(content), content).toEqual([text(content)]);
    expect(inline('**a *b** c*')).toEqual([{ kind: 'strong', parts: [text('a *b')] }, text(' c*')]);
  });

  it('[PAGE-26] takes nothing from a message but marks, and adds nothing', () => {
    const unmarked = (value: string): string => value.replace(/[*~`>\s]/gu, '');
    const unchanged = hostile.filter(
      // What is replaced on purpose: short codes, and what changes the direction of text.
      (content) => !/:[a-z0-9_+-]+:|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(content),
    );
    fc.assert(
      fc.property(unchanged, (content) => {
        const blocks = parseText(content);
        const withLanguages = blocks.map((block) =>
          block.kind === 'code' ? block.language + block.text : readable(block.parts),
        );
        expect(unmarked(withLanguages.join(''))).toBe(unmarked(content));
      }),
    );
  });
});

describe('emoji in messages', () => {
  it('[PAGE-27] turns short codes into emoji, but not in code, in links, within words or times', () => {
    expect(inline('yes :tada::+1: :unknown_one:')).toEqual([text('yes 🎉👍 :unknown_one:')]);
    expect(inline(':https://example.org')).toEqual([
      text(':'),
      { kind: 'link', text: 'https://example.org', href: 'https://example.org/' },
    ]);
    for (const content of ['at 10:100:20', 'a:x:b', '::1', 'std::x::y'])
      expect(readable(parseText(content)), content).toBe(content);
    expect(links('https://example.org/:tada:/x')).toEqual(['https://example.org/:tada:/x']);
  });

  it('[PAGE-27] knows messages of a few emoji alone', () => {
    for (const content of ['👍', '❤️', '❤', '👩‍👩‍👧‍👦 🏳️‍🌈', ':tada:', '🇫🇷1️⃣', '👍🏽👍🏽👍🏽👍🏽👍🏽👍🏽'])
      expect(isOnlyEmoji(parseText(content)), content).toBe(true);
    for (const content of [
      '',
      '1',
      '#',
      'a 👍',
      '👍👍👍👍👍👍👍',
      '`👍`',
      '> 👍',
      '👍\n```\na\n```',
      '\u{1f3fd}a',
    ])
      expect(isOnlyEmoji(parseText(content)), content).toBe(false);
  });
});

describe('hostile messages', () => {
  it('[PAGE-28] shows a sign in place of what turns letters round, and of all that changes the direction in code', () => {
    expect(readable(parseText('\u202egpj.exe\u202d **\u202ea**'))).toBe('\ufffdgpj.exe\ufffd \ufffda');
    // Marks and isolates have their use, and can't reach out of a message.
    expect(readable(parseText('\u200fא\u2067ב\u2069'))).toBe('\u200fא\u2067ב\u2069');
    expect(readable(parseText('`a\u2066b`\n```\n\u202ac\n```'))).toBe('a\ufffdb\ufffdc');
  });

  it('[PAGE-29] parses in a number of steps that is linear in the length, into a bounded number of pieces', () => {
    const length = 4_000;
    const worst = fc.oneof(
      fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => {
        const unit = pieces.join('');
        return unit === '' ? 'a' : unit.repeat(Math.ceil(length / unit.length));
      }),
      fc.array(piece, { minLength: 1_000, maxLength: 3_000, size: 'max' }).map((pieces) => pieces.join('')),
    );
    const known = [
      '*',
      '**',
      '*a',
      '**a ',
      '* ',
      '~~',
      '`',
      '` ``',
      ':',
      ':a',
      '>',
      '> ',
      '> \n',
      '```\n',
      '\n',
      ')',
      '(',
    ]
      .concat([
        'https://',
        'https://a@',
        'https://)',
        'h',
        'ht',
        '*a **b ~~c ',
        '***a ',
        'a*b',
        '```a\nb\n',
        '\u202e',
      ])
      .map((unit) => unit.repeat(Math.ceil(length / unit.length)));
    const holds = (content: string): void => {
      const work = { steps: 0 };
      const blocks = parseText(content.slice(0, length), work);
      expect(work.steps).toBeLessThanOrEqual(16 * length);
      expect(blocks.length).toBeLessThanOrEqual(60);
      expect(parts(blocks).length).toBeLessThanOrEqual(600);
    };
    for (const content of known) holds(content);
    fc.assert(fc.property(worst, holds), { numRuns: 300 });
  });
});
