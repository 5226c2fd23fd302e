import { describe, expect, it } from 'vitest';
import type { AutomodRule, RuleAction, RuleCondition } from '../../src/protocol/automod-rules.ts';
import { linkTo, placeOf } from '../../web/dashboard/state/place.ts';
import { queryText } from '../../web/dashboard/state/server-api.ts';
import {
  actionOf,
  channelsOf,
  conditionOf,
  conditionText,
  draftOf,
} from '../../web/dashboard/state/rule-draft.ts';

const CONDITIONS: readonly RuleCondition[] = [
  { kind: 'words', words: ['cheap pills', 'casino'] },
  { kind: 'pattern', pattern: '^a+$' },
  { kind: 'links', limit: 2, allow: ['example.org'] },
  { kind: 'mentions', limit: 5 },
  { kind: 'repeat', times: 4, seconds: 30 },
  { kind: 'caps', percent: 70, letters: 12 },
];
const ACTIONS: readonly RuleAction[] = [
  { kind: 'refuse' },
  { kind: 'refuse', text: 'not here' },
  { kind: 'mute', seconds: 90, text: 'calm down' },
  { kind: 'hold' },
  { kind: 'mask' },
];

describe('the form of a rule', () => {
  it('[DASH-9] gives the rule back that it was made of', () => {
    for (const [index, when] of CONDITIONS.entries()) {
      const action = ACTIONS[index % ACTIONS.length]!;
      const rule: AutomodRule = { id: 'r', version: 3, name: 'Rule', enabled: true, when, action };
      const draft = draftOf({ ...rule, channels: ['general', 'team:*'] });
      expect(conditionOf(draft)).toEqual(when);
      expect(actionOf(draft)).toEqual(action);
      expect(channelsOf(draft)).toEqual(['general', 'team:*']);
      expect(channelsOf(draftOf(rule))).toBeNull();
      expect(conditionText(when)).toMatch(/\w/);
    }
  });
});

describe('addresses of the dashboard', () => {
  it('[DASH-7] lead to users whatever their ids hold, and back', () => {
    for (const id of ['ada', 'https://id.example|a/b', '100 %', 'ä#?']) {
      expect(placeOf(linkTo('users', id))).toEqual(['users', id]);
    }
    expect(placeOf('')).toEqual([]);
    expect(placeOf('#/users/%E0%A4%A')).toEqual(['users', '%E0%A4%A']);
    expect(queryText({ a: '', b: undefined, c: false, d: 'x y' })).toBe('?c=false&d=x+y');
  });
});
