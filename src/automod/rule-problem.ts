/** What is wrong with a rule beyond its shape. */
import type { AutomodRuleInput, RuleCondition } from '../protocol/automod-rules.ts';
import { MAX_AUTOMOD_RULES } from '../protocol/automod-rules.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { isStorableJson } from '../protocol/text.ts';
import { tokensOf } from './fold.ts';
import { compilePattern, MAX_PATTERN_SIZE, MAX_PATTERNS_SIZE } from './patterns.ts';

/** Why `rule` can't be one of a server beside `others`, or null. */
export function ruleProblem(rule: AutomodRuleInput, others: readonly AutomodRuleInput[]): Failure | null {
  const { when, action } = rule;
  if (!isStorableJson(JSON.stringify(rule))) {
    return failure('bad_request', 'A rule’s texts are well-formed Unicode without U+0000.');
  }
  if (action.kind === 'mask' && (when.kind === 'repeat' || when.kind === 'caps')) {
    return failure('bad_request', 'Only words, patterns, links and mentions can be masked.');
  }
  const problem = conditionProblem(when);
  if (problem !== null) return failure('bad_request', problem);
  if (others.length >= MAX_AUTOMOD_RULES) {
    return failure('conflict', `There are at most ${MAX_AUTOMOD_RULES} rules.`);
  }
  const sizes = [rule, ...others].map((one) => patternSize(one.when));
  if (sizes.reduce((sum, size) => sum + size, 0) > MAX_PATTERNS_SIZE) {
    return failure('conflict', 'All patterns together are too large: shorten one, or take one away.');
  }
  return null;
}

function conditionProblem(when: RuleCondition): string | null {
  switch (when.kind) {
    case 'words': {
      const unusable = when.words.find((word) => tokensOf(word).length === 0);
      return unusable === undefined ? null : `“${unusable}” holds no letter, digit or emoji.`;
    }
    case 'pattern': {
      const compiled = compilePattern(when.pattern);
      if (typeof compiled === 'string') return `The pattern can't be used: ${compiled}.`;
      if (compiled.test('')) return 'The pattern matches the empty text, and so every message.';
      if (compiled.programSize() > MAX_PATTERN_SIZE) return 'The pattern is too large: repeat less.';
      return null;
    }
    default:
      return null;
  }
}

function patternSize(when: RuleCondition): number {
  if (when.kind !== 'pattern') return 0;
  const compiled = compilePattern(when.pattern);
  return typeof compiled === 'string' ? 0 : compiled.programSize();
}
