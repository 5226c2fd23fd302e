/**
 * What events that were shown make of earlier ones: replayed, these tell the state of now. The log rewrites them in the
 * transaction of the change; here it is done to those that are held, and to what was read before.
 */
import type { CommittedEvent } from '../log/committed-event.ts';
import type { EncodedEvent } from '../log/ring.ts';
import type { InboxEvents } from '../protocol/inbox-events.ts';
import { whisperIdOf } from '../protocol/whispers.ts';
import { encodeEvent } from './frames.ts';
import type { InboxState } from './state.ts';
import { changedWhisper, supersededUpdate, type WhisperHead } from './whisper-change.ts';

/** A change of a whisper that was shown. */
export interface ShownChange {
  readonly whisperId: string;
  /** Of the event that told it. */
  readonly seq: number;
  /** Null: the whisper is deleted. */
  readonly content: string | null;
  readonly editedAt: number;
}

/** `event` was shown, the newest one of the ring: rewrites what it changes there. */
export function applyChange(state: InboxState, event: CommittedEvent): void {
  const change = changeIn(event);
  if (change === null) return;
  for (const held of state.ring.slice(1, event.seq - 1)) {
    const now = changed(held, change);
    if (now !== held) state.ring.replace(now);
  }
  if (state.reads > 0) state.changedMeanwhile.set(change.whisperId, change);
}

/** A page is going to be read, whose events may be from before changes that are shown meanwhile. */
export function beginRead(state: InboxState): void {
  state.reads += 1;
}

/** That page was read, or isn't coming. How an event of it is now, as far as changes were shown. */
export function endRead(state: InboxState): (event: CommittedEvent) => EncodedEvent {
  const changes = [...state.changedMeanwhile.values()];
  state.reads -= 1;
  if (state.reads === 0) state.changedMeanwhile.clear();
  return (event) => changes.reduce(changed, encodeEvent(event));
}

function changeIn({ type, seq, data }: CommittedEvent): ShownChange | null {
  if (type === 'whisper:deleted') {
    const { id } = JSON.parse(data) as InboxEvents['whisper:deleted'];
    return { whisperId: id, seq, content: null, editedAt: 0 };
  }
  if (type !== 'whisper:updated') return null;
  const update = JSON.parse(data) as InboxEvents['whisper:updated'];
  // The log has a later one, which is going to be shown.
  if (!('content' in update)) return null;
  return { whisperId: update.id, seq, content: update.content, editedAt: update.editedAt };
}

function changed(event: EncodedEvent, { whisperId, seq, content, editedAt }: ShownChange): EncodedEvent {
  const { id, type } = event;
  if (event.seq >= seq || !event.json.includes(whisperId)) return event;
  const { timestamp, data } = JSON.parse(event.json) as { readonly timestamp: number; readonly data: object };
  const rewritten = (text: string): EncodedEvent => encodeEvent({ ...event, timestamp, data: text });
  if (type === 'whisper:updated' && 'id' in data && data.id === whisperId) {
    return rewritten(supersededUpdate(whisperId));
  }
  // What is deleted stays so: it may have been read ahead of what is shown.
  if (type !== 'whisper:created' || whisperIdOf(id) !== whisperId || 'deleted' in data) return event;
  return rewritten(JSON.stringify(changedWhisper(data as WhisperHead, content, editedAt)));
}
