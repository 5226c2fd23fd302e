import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_MENTION_CANDIDATES } from '../../src/protocol/limits.ts';
import { mentionedNames } from '../../src/protocol/mentions.ts';
import { nameKey } from '../../src/protocol/text.ts';

const names = (content: string): readonly string[] => mentionedNames(content).names;

/** Pieces that mean something, in any order. */
const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('@', '"', '@"', '`', '``', '```', '\n', '\n```\n', '```js\n') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('@ada', '@here', '@"Ada L"', 'https://', 'a', '.', '-', ' ', '\\'),
  },
  { weight: 1, arbitrary: fc.constantFrom('文', '👍🏽', '\u0301', '\u202e', 'İ', 'ﬃ') },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
);
const hostile = fc.array(piece, { maxLength: 80 }).map((pieces) => pieces.join(''));

describe('names in a text', () => {
  it('[MENTION-1] are what follows an @, in any case and width, each once', () => {
    expect(names('@ada and @Bob, hi @ADA')).toEqual(['ada', 'bob']);
    expect(names('@ａｄａ')).toEqual(['ada']);
    expect(names('(@ada) @guest-x1_2 @Zoë!')).toEqual(['ada', 'guest-x1_2', 'zoë']);
    expect(names('@ada. @bob- @c.d, @ @. @-')).toEqual(['ada', 'bob', 'c.d']);
    expect(names('你好@小明 你好')).toEqual(['小明']);
  });

  it('[MENTION-1] stand in quotes where they have spaces or other signs', () => {
    expect(names('@"Ada L" and @"ada  l" and @"🦊"')).toEqual(['ada l', '🦊']);
    expect(names('@"Ada L')).toEqual([]);
    expect(names('@"Ada\nL" @""')).toEqual([]);
    expect(names(`@"${'x'.repeat(200)}"`)).toEqual([]);
  });

  it('[MENTION-1] are none behind words, slashes and backslashes, and none that are too long', () => {
    expect(names('mail a@b.c or x_@y or \\@ada or example.org/@ada or @@ada')).toEqual([]);
    expect(names(`@${'x'.repeat(33)} @${'y'.repeat(32)}`)).toEqual(['y'.repeat(32)]);
  });

  it('[MENTION-1] are none in code and in links', () => {
    expect(names('`@ada` @bob `` @c ` @d `` `@e')).toEqual(['bob', 'e']);
    expect(names('@a\n```js\n@Override\n```\n@b\n```\n@c')).toEqual(['a', 'b', 'c']);
    expect(names('https://x.org/@ada?q=@bob HTTP://x/@c @d')).toEqual(['d']);
  });

  it('[MENTION-2] leave @here to itself, and somebody called here to quotes', () => {
    expect(mentionedNames('@here and @ada')).toEqual({ names: ['ada'], here: true });
    expect(mentionedNames('@HERE')).toEqual({ names: [], here: true });
    expect(mentionedNames('@"here"')).toEqual({ names: ['here'], here: false });
    expect(mentionedNames('`@here` here')).toEqual({ names: [], here: false });
  });

  it('[MENTION-1] are bounded in number, and found in time that grows with the text', () => {
    const many = Array.from({ length: 150 }, (_, index) => `@n${index}`).join(' ');
    expect(names(many)).toHaveLength(MAX_MENTION_CANDIDATES);
    for (const unit of ['@', '@"', '`', '@`', '```\n', '`` ', '@a ', '@"a', 'http://', '@文'.repeat(3)]) {
      const text = unit.repeat(Math.ceil(4_000 / unit.length));
      const work = { steps: 0 };
      mentionedNames(text, work);
      expect(work.steps).toBeLessThan(text.length * 140);
    }
  });

  it('[MENTION-1] property: whatever stands there, names are keys, and the work is bounded', () => {
    fc.assert(
      fc.property(hostile, (content) => {
        const work = { steps: 0 };
        const found = mentionedNames(content, work);
        expect(work.steps).toBeLessThan(content.length * 140 + 140);
        expect(new Set(found.names).size).toBe(found.names.length);
        for (const name of found.names) {
          expect(nameKey(name)).toBe(name);
          expect(nameKey(content.replace(/ +/g, ' '))).toContain(name);
        }
      }),
    );
  });

  it('[MENTION-1] property: code mentions nobody, prose around it does', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(word, word, hostile, (before, inside, noise) => {
        const quiet = noise.replace(/[`@\n\ud800-\udfff]/gu, '');
        const content = `@${before} ok\n\`\`\`\n${quiet}@${inside}1\n\`\`\`\nand \`@${inside}1${quiet}\``;
        expect(names(content)).toEqual(before === 'here' ? [] : [before]);
      }),
    );
  });
});
