/** Expected failures as values. */
import type { Failure } from './errors.ts';

/** A value, or why there is none. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** A {@link Result} with a value. */
export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** A {@link Result} without one. */
export function fail(failure: Failure): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure };
}
