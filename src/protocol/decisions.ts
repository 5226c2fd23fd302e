/** What another program may be asked to decide, and what may come of that. */

export const DECISIONS = ['may-connect', 'may-join', 'may-publish'] as const;
/** One of {@link DECISIONS}. */
export type Decision = (typeof DECISIONS)[number];

/** What comes of a question: `away` is no answer, whatever holds then. */
export const DECISION_OUTCOMES = ['allowed', 'refused', 'away'] as const;
/** One of {@link DECISION_OUTCOMES}. */
export type DecisionOutcome = (typeof DECISION_OUTCOMES)[number];
