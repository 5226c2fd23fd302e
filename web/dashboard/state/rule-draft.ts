/** A rule of automod as its form has it: texts, until they are sent. */
import type { AutomodRule, RuleAction, RuleCondition } from '../../../src/protocol/automod-rules.ts';

/** See the head of the file. Fields of other kinds than the chosen ones keep what was typed. */
export interface RuleDraft {
  readonly name: string;
  readonly kind: RuleCondition['kind'];
  /** One a line. */
  readonly words: string;
  readonly pattern: string;
  readonly limit: string;
  /** Hosts, one a line. */
  readonly allow: string;
  readonly times: string;
  readonly seconds: string;
  readonly percent: string;
  readonly letters: string;
  readonly action: RuleAction['kind'];
  readonly text: string;
  readonly muteSeconds: string;
  /** Ids, or their beginnings with `*` behind, one a line; none: every channel. */
  readonly channels: string;
}

const EMPTY: RuleDraft = {
  name: '',
  kind: 'words',
  words: '',
  pattern: '',
  limit: '0',
  allow: '',
  times: '3',
  seconds: '60',
  percent: '80',
  letters: '20',
  action: 'refuse',
  text: '',
  muteSeconds: '600',
  channels: '',
};

/** The form of a rule that there is; null: of a new one. */
export function draftOf(rule: AutomodRule | null): RuleDraft {
  if (rule === null) return EMPTY;
  const { name, when, action, channels = [] } = rule;
  const common = { ...EMPTY, name, kind: when.kind, action: action.kind, channels: channels.join('\n') };
  return { ...common, ...conditionFields(when), ...actionFields(action) };
}

/** What the rule looks for. */
export function conditionOf(draft: RuleDraft): RuleCondition {
  switch (draft.kind) {
    case 'words':
      return { kind: 'words', words: linesOf(draft.words) };
    case 'pattern':
      return { kind: 'pattern', pattern: draft.pattern };
    case 'links':
      return { kind: 'links', limit: Number(draft.limit), allow: linesOf(draft.allow) };
    case 'mentions':
      return { kind: 'mentions', limit: Number(draft.limit) };
    case 'repeat':
      return { kind: 'repeat', times: Number(draft.times), seconds: Number(draft.seconds) };
    case 'caps':
      return { kind: 'caps', percent: Number(draft.percent), letters: Number(draft.letters) };
  }
}

/** What becomes of messages that it finds. */
export function actionOf({ action: kind, text, muteSeconds }: RuleDraft): RuleAction {
  const told = text.trim() === '' ? {} : { text: text.trim() };
  switch (kind) {
    case 'refuse':
      return { kind, ...told };
    case 'mute':
      return { kind, seconds: Number(muteSeconds), ...told };
    case 'hold':
    case 'mask':
      return { kind };
  }
}

/** Where it holds; null: everywhere. */
export function channelsOf({ channels }: RuleDraft): readonly string[] | null {
  const named = linesOf(channels);
  return named.length === 0 ? null : named;
}

/** A condition in a few words. */
export function conditionText(when: RuleCondition): string {
  switch (when.kind) {
    case 'words':
      return `the words ${when.words.slice(0, 5).join(', ')}${when.words.length > 5 ? ', …' : ''}`;
    case 'pattern':
      return `the pattern ${when.pattern}`;
    case 'links':
      return `more than ${when.limit ?? 0} links`;
    case 'mentions':
      return `more than ${when.limit} mentions`;
    case 'repeat':
      return `the same ${when.times} times in ${when.seconds} s`;
    case 'caps':
      return `${when.percent} % capitals of ${when.letters} letters`;
  }
}

function conditionFields(when: RuleCondition): Partial<RuleDraft> {
  switch (when.kind) {
    case 'words':
      return { words: when.words.join('\n') };
    case 'pattern':
      return { pattern: when.pattern };
    case 'links':
      return { limit: `${when.limit ?? 0}`, allow: (when.allow ?? []).join('\n') };
    case 'mentions':
      return { limit: `${when.limit}` };
    case 'repeat':
      return { times: `${when.times}`, seconds: `${when.seconds}` };
    case 'caps':
      return { percent: `${when.percent}`, letters: `${when.letters}` };
  }
}

function actionFields(action: RuleAction): Partial<RuleDraft> {
  if (action.kind === 'mute') return { muteSeconds: `${action.seconds}`, text: action.text ?? '' };
  return action.kind === 'refuse' ? { text: action.text ?? '' } : {};
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
