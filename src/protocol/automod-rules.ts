/** Rules by which messages are judged before anyone sees them, as REST takes them and shards are told them. */
import Type, { type Static } from 'typebox';

/** Most rules of a server, and most words of one. */
export const MAX_AUTOMOD_RULES = 200;
export const MAX_RULE_WORDS = 1_000;
/** Longest word and longest pattern, code units. */
export const MAX_RULE_WORD_LENGTH = 64;
export const MAX_RULE_PATTERN_LENGTH = 500;
/** Longest text that the refused are told, code units. */
export const MAX_RULE_TEXT_LENGTH = 300;
/** Longest mute by a rule, seconds. */
export const MAX_RULE_MUTE_SECONDS = 31_536_000;
/** The longest time over which texts are compared, seconds, and how many of one author are kept. */
export const MAX_REPEAT_SECONDS = 3_600;
export const MAX_REPEAT_TIMES = 20;

const Count = Type.Integer({ minimum: 0, maximum: 100 });

/** What a rule looks for. */
export const RuleCondition = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('words'),
      words: Type.Array(Type.String({ minLength: 1, maxLength: MAX_RULE_WORD_LENGTH }), {
        minItems: 1,
        maxItems: MAX_RULE_WORDS,
      }),
    },
    { description: 'Whole words or phrases, in any case, width, accents and look-alike letters' },
  ),
  Type.Object(
    {
      kind: Type.Literal('pattern'),
      pattern: Type.String({ minLength: 1, maxLength: MAX_RULE_PATTERN_LENGTH }),
    },
    { description: 'A regular expression in RE2 syntax, anywhere in the text' },
  ),
  Type.Object(
    {
      kind: Type.Literal('links'),
      limit: Type.Optional(Count),
      allow: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
          maxItems: 200,
          description: 'Hosts that are not counted, with what lies under them',
        }),
      ),
    },
    { description: 'More than `limit` (0) links to hosts that are not allowed' },
  ),
  Type.Object(
    { kind: Type.Literal('mentions'), limit: Count },
    { description: 'More than `limit` mentions of people' },
  ),
  Type.Object(
    {
      kind: Type.Literal('repeat'),
      times: Type.Integer({ minimum: 2, maximum: MAX_REPEAT_TIMES }),
      seconds: Type.Integer({ minimum: 1, maximum: MAX_REPEAT_SECONDS }),
    },
    { description: 'The same text of the same author in one channel for the `times`-th time in `seconds`' },
  ),
  Type.Object(
    {
      kind: Type.Literal('caps'),
      percent: Type.Integer({ minimum: 1, maximum: 100 }),
      letters: Type.Integer({ minimum: 1, maximum: 4_000 }),
    },
    { description: 'At least `percent` capitals among at least `letters` letters' },
  ),
]);
export type RuleCondition = Static<typeof RuleCondition>;

const PublicText = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: MAX_RULE_TEXT_LENGTH,
    description: 'What the author is told',
  }),
);

/** What becomes of a message that a rule finds. */
export const RuleAction = Type.Union([
  Type.Object({ kind: Type.Literal('refuse'), text: PublicText }),
  Type.Object({ kind: Type.Literal('hold') }, { description: 'It waits for a moderator' }),
  Type.Object(
    {
      kind: Type.Literal('mute'),
      seconds: Type.Integer({ minimum: 1, maximum: MAX_RULE_MUTE_SECONDS }),
      text: PublicText,
    },
    { description: 'It is refused, and its author muted in the channel' },
  ),
  Type.Object({ kind: Type.Literal('mask') }, { description: 'Stars stand for what was found' }),
]);
export type RuleAction = Static<typeof RuleAction>;

/** Roles, global and of channels, that a rule may pass over. */
export const ExemptRole = Type.Union([
  Type.Literal('guest'),
  Type.Literal('user'),
  Type.Literal('member'),
  Type.Literal('moderator'),
  Type.Literal('owner'),
  Type.Literal('admin'),
]);
export type ExemptRole = Static<typeof ExemptRole>;

/** Whom a rule passes over unless it says otherwise. */
export const DEFAULT_EXEMPT: readonly ExemptRole[] = ['moderator', 'owner', 'admin'];

/** A channel's id, or the beginning of ids with `*` behind. */
const CHANNEL_PATTERN = '^(?:[A-Za-z0-9_.:-]{1,64}|[A-Za-z0-9_.:-]{0,63}\\*)$';

/** What staff says of a rule. */
export const AutomodRuleInput = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 64 }),
  enabled: Type.Boolean(),
  when: RuleCondition,
  action: RuleAction,
  channels: Type.Optional(
    Type.Array(Type.String({ pattern: CHANNEL_PATTERN }), {
      minItems: 1,
      maxItems: 100,
      description: 'Ids, or their beginnings followed by `*`; absent: every channel',
    }),
  ),
  exempt: Type.Optional(
    Type.Array(ExemptRole, { maxItems: 6, description: 'Absent: moderators, owners and administrators' }),
  ),
});
export type AutomodRuleInput = Static<typeof AutomodRuleInput>;

/** A rule that is stored. */
export interface AutomodRule extends AutomodRuleInput {
  readonly id: string;
  /** Counts changes of it, from 1. */
  readonly version: number;
}

/** All rules of a server as they stand after its change `version`. */
export interface AutomodRules {
  readonly version: number;
  readonly rules: readonly AutomodRule[];
}

/** Before anything is known. */
export const NO_RULES: AutomodRules = { version: 0, rules: [] };
