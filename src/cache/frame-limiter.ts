/** Frames a second of one socket, before anything in them is looked at (docs/SPEC.md, LIMIT rules). */

/** A burst may be so many seconds' worth. */
const BURST_SECONDS = 2;
/** A socket that is so many seconds' worth over its limit isn't told again, but closed. */
const OVERDRAFT_SECONDS = 10;

/** What {@link takeFrame} answers for a socket that went on and on: close it with `policy`. */
export const FRAME_POLICY = -1;

/** A socket's allowance; it belongs to the connection, and only {@link takeFrame} changes it. */
export interface FrameBucket {
  readonly perSecond: number;
  /** Frames that may still come at once; below 0 the frames that came too early. */
  tokens: number;
  /** When `tokens` was true, ms. */
  at: number;
}

/** A full allowance: `perSecond` frames in the long run, twice that at once. `now` in ms. */
export function frameBucket(perSecond: number, now: number): FrameBucket {
  return { perSecond, tokens: perSecond * BURST_SECONDS, at: now };
}

/**
 * Takes one frame at `now` (ms, a clock that doesn't go back): 0 when it may be read, else ms until the next one may,
 * or {@link FRAME_POLICY}. A frame that is refused costs as much as one that isn't, so that only waiting helps.
 */
export function takeFrame(bucket: FrameBucket, now: number): number {
  const { perSecond } = bucket;
  const earned = ((now - bucket.at) * perSecond) / 1_000;
  if (earned > 0) {
    bucket.tokens = Math.min(bucket.tokens + earned, perSecond * BURST_SECONDS);
    bucket.at = now;
  }
  bucket.tokens -= 1;
  if (bucket.tokens >= 0) return 0;
  if (bucket.tokens < -perSecond * OVERDRAFT_SECONDS) return FRAME_POLICY;
  return Math.ceil(((1 - bucket.tokens) * 1_000) / perSecond);
}
