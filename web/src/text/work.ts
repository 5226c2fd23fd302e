/** Counts what a parser does, so that a test can hold it to a bound without a clock. */
export interface Work {
  /** Characters looked at and pieces made. */
  steps: number;
}
