/**
 * First answers to requests that may be sent again, by API key and `Idempotency-Key`, kept for a day. A request that isn't answered
 * within a minute never will be: the next one takes its place. An outage is `unavailable`.
 */
import type { Result } from '../../protocol/result.ts';

/** Which request. */
export interface AnswerKey {
  /** Id of the API key. */
  readonly owner: string;
  readonly key: string;
}

/** An answer as it was given: the status and the body's JSON text. */
export interface GivenAnswer {
  readonly status: number;
  readonly body: string;
}

/** `first`: it is to be carried out. `underway`: that is being done. `other`: it was another request. */
export type Begun =
  | { readonly kind: 'first' | 'underway' | 'other' }
  | { readonly kind: 'answered'; readonly answer: GivenAnswer };

/** See the head of the file. */
export interface IdempotentAnswers {
  /** `request` is a hash of all that it says; `now` in ms since the epoch. */
  begin(key: AnswerKey, request: string, now: number): Promise<Result<Begun>>;
  /** It was answered so; what is older than a day is forgotten by and by. */
  finish(key: AnswerKey, answer: GivenAnswer, now: number): Promise<Result<void>>;
  /** Nothing came of it: the next one is the first again. */
  release(key: AnswerKey): Promise<Result<void>>;
}
