/** How texts are taken apart for the search, and what a search text asks for. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldText } from '../../src/search/fold-text.ts';
import { hasTerms } from '../../src/search/match.ts';
import { parseSearchText } from '../../src/search/search-text.ts';
import { tokensOf } from '../../src/search/tokens.ts';
import { tsqueryText, tsvectorText } from '../../src/search/tsearch.ts';
import { anyText } from '../support/any-text.ts';

const words = (text: string) =>
  tokensOf(text)
    .map(({ lexeme, position }) => `${lexeme}@${position}`)
    .join(' ');
const finds = (content: string, text: string): boolean => {
  const terms = parseSearchText(text);
  if (!terms.ok) throw new Error(terms.failure.message);
  return hasTerms(tokensOf(content), terms.value);
};

describe('the words of a text', () => {
  it.each([
    ['Héllo, Wörld!', 'hello@1 world@2'],
    ['ＦＵＬＬ Straße Øre İzmir ΟΔΟΣ', 'full@1 strasse@2 ore@3 izmir@4 οδοσ@5'],
    ['see https://example.org/a?x=1', 'see@1 https@2 example@3 org@4 a@5 x@6 1@7'],
    [':tada: @ada #general don’t', 'tada@1 ada@2 general@3 don@4 t@5'],
    ['👍🏽 ok 👨‍👩‍👧', '👍@1 ok@2 👨@3 👩@4 👧@5'],
    ['我的iPhone手机', '我的@1 的@2 iphone@3 手机@4 机@5'],
    ['テーブル、ｶﾞｽ', 'テー@1 ーブ@2 ブル@3 ル@4 ガス@5 ス@6'],
    ['한국어를 잘', '한국@1 국어@2 어를@3 를@4 잘@5'],
    ['हिन्दी мир', 'हिन्दी@1 мир@2'],
    ['', ''],
    ['… — !', ''],
  ])('[SEARCH-2] %j', (text, expected) => {
    expect(words(text)).toBe(expected);
  });

  it('[SEARCH-2] a folded text stays as it is when it is folded again', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(foldText(foldText(text))).toBe(foldText(text));
      }),
      { numRuns: 500 },
    );
  });

  it('[SEARCH-2] one word has at most 255 places and no text more than 16,000, as PostgreSQL keeps them', () => {
    expect(tokensOf('a '.repeat(2_000))).toHaveLength(255);
    expect(tokensOf('\ufdfa'.repeat(4_000)).at(-1)?.position).toBeLessThanOrEqual(16_000);
  });
});

describe('a search text', () => {
  it.each([
    ['all words have to be there', 'fox quick', 'the quick brown fox', true],
    ['all words have to be there', 'fox slow', 'the quick brown fox', false],
    ['whole words', 'qui', 'the quick brown fox', false],
    ['beginnings', 'qui* fo*', 'the quick brown fox', true],
    ['phrases', '"quick brown"', 'the quick brown fox', true],
    ['phrases in their order', '"brown quick"', 'the quick brown fox', false],
    ['phrases without a word between', '"quick fox"', 'the quick brown fox', false],
    ['phrases that end with a beginning', '“brown fo*”', 'the quick brown fox', true],
    ['a phrase that isn’t closed', '"quick brown', 'the brown quick', false],
    ['case and accents', 'CAFE ecole', 'Le café de l’École', true],
    ['what a word is made of, side by side', 'example.org', 'https://example.org/x', true],
    ['what a word is made of, side by side', 'example.org', 'org example', false],
    ['emoji', '🎉', 'done 🎉🎉', true],
    ['any part of Chinese', '手机', '我的手机很好', true],
    ['any part of Chinese', '手好', '我的手机很好', false],
    ['one character, first or last', '我', '我的', true],
    ['one character, first or last', '的', '我的', true],
    ['any part of Japanese', 'ーブル', '大きいテーブルです', true],
    ['any part of Korean', '국어', '한국어를 배워요', true],
    ['Korean words', '배워요 한국어', '한국어를 배워요', true],
    ['mixed scripts', '的iphone手', '我的iPhone手机', true],
    ['mixed scripts side by side', '我iphone', '我的iPhone手机', false],
    ['two runs as a phrase', '"手机 电脑"', '手机，电脑', true],
    ['two runs as a phrase', '"手机 电脑"', '手机壳，电脑', false],
  ])('[SEARCH-3] finds %s: %j in %j', (_what, text, content, expected) => {
    expect(finds(content, text)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '!?',
    '""',
    '*',
    '\ud800',
    'a\0',
    'x'.repeat(201),
    'a b c d e f g h i j k',
    '"a b c d e f" g h i j k',
  ])('[SEARCH-4] %j is a bad request', (text) => {
    expect(parseSearchText(text)).toMatchObject({ ok: false, failure: { code: 'bad_request' } });
  });

  it('[SEARCH-4] 200 characters and ten words are not too many', () => {
    expect(parseSearchText('😀'.repeat(200)).ok).toBe(true);
    expect(parseSearchText('"a b c d e" f g h i j').ok).toBe(true);
    expect(parseSearchText('https://example.org/1/2/3/4/5/6/7/8/9/10/11').ok).toBe(true);
  });

  it('[SEARCH-3] of Chinese, Japanese or Korean finds what holds it, and nothing else', () => {
    const run = fc.string({
      unit: fc.constantFrom(...Array.from('手机电脑的テブルかな한국어')),
      minLength: 1,
      maxLength: 6,
    });
    const text = fc
      .array(fc.oneof(run, fc.constantFrom(' ', '，', 'abc')), { maxLength: 6 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, run, (content, wanted) => {
        expect(finds(content, wanted)).toBe(content.includes(wanted));
      }),
      { numRuns: 2_000 },
    );
  });

  it('[SEARCH-3] of words finds the messages that have each of them, or begin so, in any order', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 6 }),
        fc.array(fc.tuple(word, fc.boolean()), { minLength: 1, maxLength: 3 }),
        (content, asked) => {
          const text = asked.map(([lexeme, isPrefix]) => lexeme + (isPrefix ? '*' : '')).join(' ');
          const expected = asked.every(([lexeme, isPrefix]) =>
            content.some((one) => (isPrefix ? one.startsWith(lexeme) : one === lexeme)),
          );
          expect(finds(content.join(' '), text)).toBe(expected);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('[SEARCH-3] of a phrase finds the messages that have it word by word', () => {
    const some = fc.array(fc.constantFrom('a', 'b', '手', '手机'), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(some, some, some, (before, phrase, after) => {
        const content = [...before, ...phrase, ...after].join(' ');
        expect(finds(content, `"${phrase.join(' ')}"`)).toBe(true);
      }),
    );
  });

  it('[SEARCH-3] finds every text by itself', () => {
    fc.assert(
      fc.property(anyText, (content) => {
        const text = Array.from(content)
          .slice(0, 150)
          .join('')
          .replace(/["“”„‟]/g, ' ');
        const terms = parseSearchText(`"${text}"`);
        expect(!terms.ok || hasTerms(tokensOf(text), terms.value)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what PostgreSQL is given', () => {
  it('[SEARCH-12] has words and marks in quotes, with quotes and backslashes doubled', () => {
    const marks = { logId: '7', sender: "o'hara\\" };
    expect(tsvectorText(tokensOf('a b a'), marks)).toBe("'#7' '@o''hara\\\\' 'a':1,3 'b':2");
    const terms = parseSearchText('"a b*" 手');
    expect(tsqueryText(terms.ok ? terms.value : [], { logIds: ['7', '8'], sender: "'" })).toBe(
      "('a' <1> 'b':*) & ('手':*) & ('#7' | '#8') & '@'''",
    );
    expect(tsqueryText([], {})).toBeNull();
  });
});
