import { describe, expect, it } from 'vitest';
import { ruleProblem } from '../../src/automod/rule-problem.ts';
import type { RuleAction, RuleCondition } from '../../src/protocol/automod-rules.ts';
import { ruleOf } from '../support/automod-rules.ts';

const problem = (when: RuleCondition, action: RuleAction = { kind: 'refuse' }, others = 0) =>
  ruleProblem(
    ruleOf('r', when, action),
    Array.from({ length: others }, (_, at) => ruleOf(`o${at}`, when, action)),
  );
const pattern = (text: string): RuleCondition => ({ kind: 'pattern', pattern: text });

describe('a rule', () => {
  it('[AUTOMOD-7] is refused with one line when its pattern can not be used', () => {
    for (const bad of [
      '(',
      '(?=a)',
      '\\1',
      'a{2000}',
      '(a{100}){100}',
      '[z-a]',
      '*',
      'a*',
      '(?i)',
      '.{140,}x.{140}',
    ]) {
      expect(problem(pattern(bad))?.code, bad).toBe('bad_request');
    }
    expect(problem(pattern('(?i)free\\s+nitro'))).toBeNull();
  });

  it('[AUTOMOD-7] is refused when a word holds nothing that can be found, or nothing of it can be stored', () => {
    for (const word of ['!!!', ' ', '\u200B', '-']) {
      expect(problem({ kind: 'words', words: ['ok', word] })?.code).toBe('bad_request');
    }
    expect(problem({ kind: 'words', words: ['ok\0'] })?.code).toBe('bad_request');
    expect(problem({ kind: 'words', words: ['ok\ud800'] })?.code).toBe('bad_request');
    expect(problem({ kind: 'words', words: ['🖕', '傻瓜', "don't", 'a b'] })).toBeNull();
  });

  it('[AUTOMOD-7] can not mask what stands nowhere', () => {
    const mask: RuleAction = { kind: 'mask' };
    expect(problem({ kind: 'repeat', times: 3, seconds: 5 }, mask)?.code).toBe('bad_request');
    expect(problem({ kind: 'caps', percent: 80, letters: 5 }, mask)?.code).toBe('bad_request');
    expect(problem({ kind: 'links' }, mask)).toBeNull();
  });

  it('[AUTOMOD-7] is one of a bounded number, and patterns are bounded together', () => {
    expect(problem({ kind: 'links' }, { kind: 'hold' }, 199)).toBeNull();
    expect(problem({ kind: 'links' }, { kind: 'hold' }, 200)?.code).toBe('conflict');
    expect(problem(pattern('a{100}'), { kind: 'hold' }, 10)).toBeNull();
    expect(problem(pattern('a{100}'), { kind: 'hold' }, 40)?.code).toBe('conflict');
  });
});
