import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { NO_AUTOMOD } from '../../src/automod/verdict.ts';
import { sameness, tokensOf } from '../../src/automod/fold.ts';
import { RecentTexts } from '../../src/automod/recent-texts.ts';
import { codePoints } from '../../src/protocol/text.ts';
import type { AutomodRule, RuleAction } from '../../src/protocol/automod-rules.ts';
import { automodOf, contextOf, ruleOf, wordsRule } from '../support/automod-rules.ts';

const REFUSE: RuleAction = { kind: 'refuse' };
const MASK: RuleAction = { kind: 'mask' };
const kindOf = (rule: AutomodRule, text: string, context = contextOf()) =>
  automodOf(rule).judge(text, context).kind;
const masked = (rule: AutomodRule, text: string): string => {
  const verdict = automodOf(rule).judge(text, contextOf());
  return verdict.kind === 'mask' ? verdict.content : text;
};

describe('words', () => {
  const found = (words: string[], texts: readonly string[]) =>
    texts.filter((text) => kindOf(wordsRule('w', words, REFUSE), text) === 'refuse');

  it('[AUTOMOD-2] are found in any case, width, accents and look-alike letters', () => {
    const texts = [
      ...['bad', 'so BAD!', '(bad)', 'ｂａｄ', 'bäd', 'ba\u0301d', 'b\u200Bad', 'bаd', '𝐛𝐚𝐝', 'ⓑⓐⓓ', 'ʙᴀᴅ'],
      ...['_bad_', 'bad-tempered', "bad's", '\u202Ebad', '🙂bad🙂'],
    ];
    expect(found(['Bad'], texts)).toEqual(texts);
    expect(found(['ПЛОХО'], ['плохо', 'очень Плохо.', 'плоховато'])).toEqual(['плохо', 'очень Плохо.']);
    expect(found(['hell'], ['HELL', 'heII', 'he||o', 'hello', 'shell'])).toEqual(['HELL', 'heII']);
    expect(found(['naïve'], ['naive', 'NAÏVE'])).toEqual(['naive', 'NAÏVE']);
  });

  it('[AUTOMOD-2] are whole words, and letters that only look like two others stay apart', () => {
    expect(found(['bad'], ['badge', 'forbad', 'b a d', 'bad1', 'ba.d'])).toEqual([]);
    expect(found(['bum', 'com', 'modem'], ['burn', 'corn', 'modern'])).toEqual([]);
  });

  it('[AUTOMOD-2] may be phrases, whatever stands between their words', () => {
    const texts = ['free nitro', 'FREE   nitro!', 'get free-nitro', 'free\nnitro'];
    expect(found(['free nitro'], [...texts, 'free the nitro', 'nitro free', 'free'])).toEqual(texts);
    expect(found(['a b c'], ['a b a b c', 'a b b c'])).toEqual(['a b a b c']);
  });

  it('[AUTOMOD-2] stand anywhere where a script puts no spaces, and emoji are words', () => {
    expect(found(['傻瓜'], ['你是傻瓜吗', '傻 瓜', '傻子'])).toEqual(['你是傻瓜吗', '傻 瓜']);
    expect(found(['바보'], ['바보야', '바보야'.normalize('NFD'), '바나나'])).toEqual([
      '바보야',
      '바보야'.normalize('NFD'),
    ]);
    expect(found(['ばか'], ['ばかです', 'はか'])).toEqual(['ばかです']);
    expect(found(['🖕'], ['no 🖕🏽 here', '👍'])).toEqual(['no 🖕🏽 here']);
  });
});

describe('patterns', () => {
  const find = (pattern: string, text: string) =>
    kindOf(ruleOf('p', { kind: 'pattern', pattern }, REFUSE), text) === 'refuse';

  it('[AUTOMOD-3] are found anywhere in the text as it is written', () => {
    expect(find('(?i)free\\s+nitro', 'get FREE  nitro')).toBe(true);
    expect(find('free', 'FREE')).toBe(false);
    expect(find('^\\d+$', '42')).toBe(true);
    expect(find('^\\d+$', '42 ')).toBe(false);
    expect(find('\\bcat\\b', 'concat')).toBe(false);
  });

  it('[AUTOMOD-3] that make other engines hang answer at once', () => {
    const evil = ['(a+)+$', '(a|aa)+$', '(a|a?)+$', '^(([a-z])+.)+[A-Z]([a-z])+$', '(.*a){12}b'];
    const text = `${'a'.repeat(3_990)}!`;
    const rules = evil.map((pattern, at) => ruleOf(`p${at}`, { kind: 'pattern', pattern }, MASK));
    const began = performance.now();
    for (let round = 0; round < 5; round += 1) automodOf(...rules).judge(text, contextOf());
    // Backtracking would take longer than the universe is old.
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('what is counted', () => {
  const links = (text: string, limit?: number, allow?: string[]) =>
    kindOf(
      ruleOf(
        'l',
        {
          kind: 'links',
          ...(limit === undefined ? {} : { limit }),
          ...(allow === undefined ? {} : { allow }),
        },
        REFUSE,
      ),
      text,
    ) === 'refuse';

  it('[AUTOMOD-4] are links with and without a scheme, and not what only has a dot', () => {
    for (const text of [
      'http://a.b',
      'HTTPS://X.example/y',
      'see www.example.test',
      'example.com',
      'bit.ly/x',
      'a.b.museum/?q',
      'http://localhost:80',
      'пример.com',
    ])
      expect(links(text), text).toBe(true);
    for (const text of ['e.g. this', 'notes.txt', 'v1.2.3', 'end.Then', 'a@b.com', '...', '3.14', 'so.many'])
      expect(links(text), text).toBe(false);
  });

  it('[AUTOMOD-4] are links beyond the limit, but for hosts that are allowed', () => {
    expect(links('a.com b.com', 2)).toBe(false);
    expect(links('a.com b.com c.com', 2)).toBe(true);
    expect(links('https://www.a.com/x b.com:80', 0, ['A.com', 'b.com'])).toBe(false);
    expect(links('https://nota.com', 0, ['a.com'])).toBe(true);
    expect(links('https://a.com@evil.com/', 0, ['a.com'])).toBe(true);
    expect(links('https://evil.com/a.com', 0, ['a.com'])).toBe(true);
    expect(links('https://evil.com\\.a.com', 0, ['a.com'])).toBe(true);
  });

  it('[AUTOMOD-4] are mentions', () => {
    const rule = ruleOf('m', { kind: 'mentions', limit: 2 }, REFUSE);
    expect(kindOf(rule, '@ada @bob a@b.c @@x @ y')).toBe('pass');
    expect(kindOf(rule, '@ada, @bob and (@cleo)')).toBe('refuse');
  });

  it('[AUTOMOD-4] are capitals among enough letters', () => {
    const rule = ruleOf('c', { kind: 'caps', percent: 75, letters: 8 }, REFUSE);
    expect(kindOf(rule, 'SHOUTING!')).toBe('refuse');
    expect(kindOf(rule, 'ÄÖÜÉ ДЖЗИ 12 漢字')).toBe('refuse');
    expect(kindOf(rule, 'OK')).toBe('pass');
    expect(kindOf(rule, 'ABCDE fgh')).toBe('pass');
  });

  it('[AUTOMOD-4] are the same texts of one author, of other messages, within the time', () => {
    const texts = new RecentTexts();
    texts.note('ada', 'Buy  now!', 1_000, 'k1');
    texts.note('ada', 'Buy  now!', 1_000, 'k1');
    texts.note('ada', 'buy now', 2_000, undefined);
    texts.note('ada', 'else', 2_500, undefined);
    expect(texts.count('ada', 'BUY NOW', 0, 'k2')).toBe(2);
    expect(texts.count('ada', 'BUY NOW', 0, 'k1')).toBe(1);
    expect(texts.count('ada', 'BUY NOW', 1_000, undefined)).toBe(1);
    expect(texts.count('bob', 'BUY NOW', 0, undefined)).toBe(0);
    const rule = ruleOf('r', { kind: 'repeat', times: 3, seconds: 10 }, REFUSE);
    const asked: number[] = [];
    const earlier = (count: number) => (seconds: number) => (asked.push(seconds), count);
    expect(kindOf(rule, 'x', contextOf({ earlier: earlier(1) }))).toBe('pass');
    expect(kindOf(rule, 'x', contextOf({ earlier: earlier(2) }))).toBe('refuse');
    expect(asked).toEqual([10, 10]);
    expect(automodOf(rule).repeatMs).toBe(10_000);
  });

  it('[AUTOMOD-4] are the same texts whether they are plain ASCII or look as if', () => {
    const letters = fc.constantFrom('a', 'B', 'b', ' ', '  ', '-', '7', 'é', 'ａ');
    const text = fc.array(letters, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (one, other) => {
        const texts = new RecentTexts();
        texts.note('ada', one, 1, undefined);
        expect(texts.count('ada', other, 0, undefined)).toBe(sameness(one) === sameness(other) ? 1 : 0);
      }),
    );
  });

  it('[AUTOMOD-4] is bounded in memory: who wrote longest ago is forgotten', () => {
    const texts = new RecentTexts();
    for (let at = 0; at < 600; at += 1) texts.note(`u${at}`, 'x', at, undefined);
    for (let at = 0; at < 50; at += 1) texts.note('u599', 'x', 1_000 + at, undefined);
    expect([texts.count('u0', 'x', -1, undefined), texts.count('u400', 'x', -1, undefined)]).toEqual([0, 1]);
    expect(texts.count('u599', 'x', -1, undefined)).toBe(20);
  });
});

describe('masks', () => {
  it('[AUTOMOD-5] put a star for each character that was found, and leave the rest', () => {
    expect(masked(wordsRule('w', ['bad', 'free nitro'], MASK), 'So BÄD, 🙂 free nitro 🙂 badge')).toBe(
      'So ***, 🙂 ********** 🙂 badge',
    );
    expect(masked(wordsRule('w', ['🖕'], MASK), '🖕x')).toBe('*x');
    expect(masked(ruleOf('p', { kind: 'pattern', pattern: '\\d{3,}' }, MASK), '12 123 4567')).toBe(
      '12 *** ****',
    );
    expect(masked(ruleOf('l', { kind: 'links', limit: 1 }, MASK), 'a.com https://b.com/x c.com')).toBe(
      'a.com *************** *****',
    );
    expect(masked(ruleOf('m', { kind: 'mentions', limit: 1 }, MASK), '@ada @bob')).toBe('@ada ****');
  });

  it('[AUTOMOD-5] are those of all rules that mask, even where they overlap', () => {
    const rules = [wordsRule('a', ['one two'], MASK), wordsRule('b', ['two three'], MASK)];
    expect(automodOf(...rules).judge('one two three four', contextOf())).toEqual({
      ...{ kind: 'mask', rule: { id: 'a', name: 'a' }, content: '************* four' },
    });
  });
});

describe('a verdict', () => {
  const rules = [
    wordsRule('mask', ['m'], MASK),
    wordsRule('mute', ['u'], { kind: 'mute', seconds: 60, text: 'hush' }),
    wordsRule('hold', ['h'], { kind: 'hold' }),
    wordsRule('refuse', ['r'], { kind: 'refuse', text: 'no' }),
    wordsRule('refuse too', ['r'], REFUSE),
  ];
  const judge = (text: string, context = contextOf()) => automodOf(...rules).judge(text, context);
  const rule = (id: string) => ({ id, name: id });

  it('[AUTOMOD-1] is that of the gravest rule: refuse, hold, mute, mask; of several the first', () => {
    expect(judge('m u h r')).toEqual({ kind: 'refuse', rule: rule('refuse'), text: 'no' });
    expect(judge('m u h')).toEqual({ kind: 'hold', rule: rule('hold') });
    expect(judge('m u')).toEqual({ kind: 'mute', rule: rule('mute'), seconds: 60, text: 'hush' });
    expect(judge('m')).toMatchObject({ kind: 'mask', content: '*' });
    expect(judge('x')).toEqual({ kind: 'pass' });
    expect(NO_AUTOMOD.judge('r', contextOf())).toEqual({ kind: 'pass' });
  });

  it('[AUTOMOD-6] passes over moderators, owners and administrators, or over those whom the rule names', () => {
    for (const role of ['moderator', 'owner', 'admin']) {
      expect(judge('r', contextOf({ roles: ['user', role] })).kind).toBe('pass');
    }
    const named = wordsRule('x', ['x'], REFUSE);
    const context = contextOf({ roles: ['guest'] });
    expect(kindOf({ ...named, exempt: ['guest'] }, 'x', context)).toBe('pass');
    expect(kindOf({ ...named, exempt: [] }, 'x', contextOf({ roles: ['admin'] }))).toBe('refuse');
  });

  it('[AUTOMOD-6] is about the channels that the rule names, and a disabled one finds nothing', () => {
    const scoped = { ...wordsRule('x', ['x'], REFUSE), channels: ['general', 'help-*'] };
    const at = (channelId: string) => kindOf(scoped, 'x', contextOf({ channelId }));
    expect(['general', 'general-2', 'help-', 'help-me', 'hel'].map(at)).toEqual([
      ...['refuse', 'pass', 'refuse', 'refuse', 'pass'],
    ]);
    expect(kindOf({ ...scoped, enabled: false }, 'x')).toBe('pass');
  });
});

describe('judging', () => {
  const words = ['bad', 'worse', 'free nitro', '傻瓜', 'hü', 'ILL', '🖕'];
  const patterns = ['(?i)b[aä]d+', '\\bx\\d', '[0-9]{3,}', '(a|b)*c$', '^z', '\\p{Han}+q'];
  const piece = fc.oneof(
    fc.constantFrom(
      ...words,
      ...'bad BAD bаd worse! free nitro 傻 瓜 x1 123 abc z q hu hü I l ILL a.com @a'.split(' '),
    ),
    fc.constantFrom(' ', '', '-', '\n', '\u200B', '🙂'),
    fc.string({ unit: 'grapheme', maxLength: 4 }),
  );
  const text = fc.array(piece, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(''));
  const action = fc.constantFrom<RuleAction>(REFUSE, { kind: 'hold' }, { kind: 'mute', seconds: 5 }, MASK);
  const rule = fc.tuple(
    fc.oneof(
      fc.subarray(words, { minLength: 1 }).map((some) => ({ kind: 'words' as const, words: some })),
      fc.constantFrom(...patterns).map((pattern) => ({ kind: 'pattern' as const, pattern })),
      fc.nat(2).map((limit) => ({ kind: 'links' as const, limit })),
      fc.nat(2).map((limit) => ({ kind: 'mentions' as const, limit })),
    ),
    action,
    fc.boolean(),
  );

  /** Word by word, without an index. */
  const holdsWord = (content: string, word: string): boolean => {
    const tokens = tokensOf(content.normalize('NFC'));
    const wanted = tokensOf(word).map((token) => token.text);
    return tokens.some((_, at) =>
      wanted.every((one, nth) => {
        const token = tokens[at + nth];
        return token !== undefined && (token.text === one || token.alternative === one);
      }),
    );
  };

  it('[AUTOMOD-1] of many rules at once is that of each by itself, the gravest first', () => {
    const order = ['refuse', 'hold', 'mute', 'mask'];
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 12 }), text, (wishes, content) => {
        const rules = wishes.map(([when, act, enabled], at) => ruleOf(`r${at}`, when, act, { enabled }));
        const alone = rules.flatMap((one) => {
          const verdict = automodOf(one).judge(content, contextOf());
          if (one.enabled && one.when.kind === 'words')
            expect(verdict.kind !== 'pass').toBe(one.when.words.some((word) => holdsWord(content, word)));
          if (one.enabled && one.when.kind === 'pattern')
            expect(verdict.kind !== 'pass').toBe(RE2JS.compile(one.when.pattern).test(content));
          return verdict.kind === 'pass' ? [] : [verdict];
        });
        const gravest = alone.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))[0];
        const verdict = automodOf(...rules).judge(content, contextOf());
        if (gravest?.kind === 'mask') expect(verdict).toMatchObject({ kind: 'mask', rule: gravest.rule });
        else expect(verdict).toEqual(gravest ?? { kind: 'pass' });
      }),
    );
  });

  it('[AUTOMOD-5] masks as many characters as were there, which no rule finds again', () => {
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 6 }), text, (wishes, content) => {
        const rules = wishes.map(([when], at) => ruleOf(`r${at}`, when, MASK));
        const automod = automodOf(...rules);
        const verdict = automod.judge(content, contextOf());
        if (verdict.kind !== 'mask') return;
        expect(codePoints(verdict.content)).toBe(codePoints(content));
        expect(verdict.content.isWellFormed()).toBe(content.isWellFormed());
        const isCounted = rules.some(({ when }) => when.kind !== 'words' && when.kind !== 'mentions');
        if (!isCounted) expect(automod.judge(verdict.content, contextOf()).kind).toBe('pass');
      }),
    );
  });

  it('[AUTOMOD-1] gives the same verdict however often it is asked', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), fc.array(text, { maxLength: 4 }), (wishes, contents) => {
        const automod = automodOf(...wishes.map(([when, act], at) => ruleOf(`r${at}`, when, act)));
        const once = contents.map((content) => automod.judge(content, contextOf()));
        expect(contents.map((content) => automod.judge(content, contextOf()))).toEqual(once);
      }),
    );
  });
});
