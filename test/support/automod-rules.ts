/** Rules of automod, as tests write them. */
import { compileAutomod } from '../../src/automod/automod.ts';
import { type Automod, type MessageContext } from '../../src/automod/verdict.ts';
import type { AutomodRule, RuleAction, RuleCondition } from '../../src/protocol/automod-rules.ts';

/** An enabled rule named by its id. */
export function ruleOf(
  id: string,
  when: RuleCondition,
  action: RuleAction,
  over: Partial<AutomodRule> = {},
): AutomodRule {
  return { id, name: id, version: 1, enabled: true, when, action, ...over };
}

/** A rule about words. */
export function wordsRule(id: string, words: string[], action: RuleAction): AutomodRule {
  return ruleOf(id, { kind: 'words', words }, action);
}

/** All of `rules` in force. */
export function automodOf(...rules: AutomodRule[]): Automod {
  return compileAutomod({ version: 1, rules });
}

/** A message of a user in `general` who wrote nothing before. */
export function contextOf(over: Partial<MessageContext> = {}): MessageContext {
  return { channelId: 'general', roles: ['user'], earlier: () => 0, ...over };
}
