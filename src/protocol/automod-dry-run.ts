/** What a rule would have done to messages that are stored: what is asked, and the answer. */
import Type, { type Static } from 'typebox';
import { AutomodRuleInput, RuleCondition } from './automod-rules.ts';

/** Most messages that one dry run looks at, and how many when nothing is said. */
export const MAX_DRY_RUN_MESSAGES = 100_000;
export const DEFAULT_DRY_RUN_MESSAGES = 10_000;
/** Most samples of what was found. */
export const MAX_DRY_RUN_SAMPLES = 20;
/** Longest text of a sample, code points. */
export const MAX_SAMPLE_LENGTH = 500;

/** The newest `last` messages of these channels, or those of them since a time. */
export const DryRunRequest = Type.Object({
  when: RuleCondition,
  channels: AutomodRuleInput.properties.channels,
  last: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_DRY_RUN_MESSAGES,
      description: `How many of the newest messages at most; ${DEFAULT_DRY_RUN_MESSAGES} when absent`,
    }),
  ),
  since: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'None from before, ms since the epoch',
    }),
  ),
});
export type DryRunRequest = Static<typeof DryRunRequest>;

/** A message that was found. */
export interface DryRunSample {
  readonly channelId: string;
  readonly id: string;
  readonly seq: number;
  readonly author: { readonly id: string; readonly name: string };
  readonly content: string;
  /** ms since the epoch. */
  readonly timestamp: number;
}

/** What was found: the newest samples, oldest first. */
export interface DryRunResult {
  /** Messages that were looked at. */
  readonly scanned: number;
  readonly matched: number;
  readonly samples: readonly DryRunSample[];
}
