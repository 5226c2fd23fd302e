/** Trying a rule over stored messages. */
import type { DryRunRequest, DryRunResult } from '../../protocol/automod-dry-run.ts';
import type { Result } from '../../protocol/result.ts';

/** At most one at a time: another is `overloaded`. One that takes too long, or that `signal` ends, is `unavailable`. */
export type RunDry = (request: DryRunRequest, signal: AbortSignal) => Promise<Result<DryRunResult>>;
