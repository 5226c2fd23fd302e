/** What the load reads out of Hubbub's frames. */
import type { CheckedEvent } from './log-check.ts';

/** An `ack` of a message. */
export interface Ack {
  readonly ref: string;
  readonly data: { readonly seq: number };
}

/** An `error`. */
export interface Refusal {
  readonly ref?: string;
  readonly data: { readonly code: string; readonly message: string; readonly retryAfterMs?: number };
}

/** An event of a page, as far as it is looked at. */
export interface PageEvent extends CheckedEvent {
  readonly type: string;
  readonly channelId: string;
}

/** `history`. */
export interface HistoryPage {
  readonly data: { readonly events: readonly PageEvent[]; readonly hasMore: boolean };
}

/** `data` of `channel:joined`. */
export interface JoinedData {
  readonly epoch: string;
  readonly seq: number;
  readonly recovered: boolean | null;
  readonly hasMore: boolean;
  readonly events: readonly PageEvent[];
}

/** `channel:joined`. */
export interface Joined {
  readonly data: JoinedData;
}

/** The frame in `bytes` from `start` to before `end`; what it is, its type has told. */
export function parseFrame<Frame extends Ack | Refusal | HistoryPage | Joined>(
  bytes: Buffer,
  start: number,
  end: number,
): Frame {
  return JSON.parse(bytes.toString('utf8', start, end)) as Frame;
}
