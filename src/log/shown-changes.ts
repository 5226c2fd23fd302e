/**
 * What events that were shown make of earlier ones: replayed, these tell the state of now. The log rewrites them in the
 * transaction of the change; here it is done to those that are held, and to what was read before.
 */
import type { CommittedEvent } from './committed-event.ts';
import type { EncodedEvent, EventRing } from './ring.ts';

/** A change of a message or whisper that was shown. */
export interface ShownChange {
  /** Of the message or whisper, as clients know it. */
  readonly id: string;
  /** Of the event that told it. */
  readonly seq: number;
  /** Null: it is deleted. */
  readonly content: string | null;
  /** ms since the epoch. */
  readonly editedAt: number;
}

/** How the events of a log tell of what can be changed, and of its changes. */
export interface ChangeForm {
  /** Types of events. */
  readonly created: string;
  readonly updated: string;
  readonly deleted: string;
  /** The id that clients know, from that of the event that created it. */
  knownId(eventId: string): string;
  /** That event's `data` after the change; `editedAt` in ms since the epoch. */
  changed(data: object, content: string | null, editedAt: number): object;
  encode(event: CommittedEvent): EncodedEvent;
}

/** What an actor holds of its log, and what it must remember of changes while pages of that are read. */
export interface ChangingTail {
  readonly ring: EventRing;
  /** Pages that are being read. */
  reads: number;
  /** The last change of each message that was shown since the first of those began. */
  readonly changedMeanwhile: Map<string, ShownChange>;
}

/** `data` of an update that another change has taken the place of. */
export function supersededUpdate(id: string): string {
  return JSON.stringify({ id });
}

/** `event` was shown, the newest one of the ring: rewrites what it changes there. */
export function applyChange(tail: ChangingTail, event: CommittedEvent, form: ChangeForm): void {
  const change = changeIn(event, form);
  if (change === null) return;
  for (const held of tail.ring.slice(1, event.seq - 1)) {
    const now = changed(held, change, form);
    if (now !== held) tail.ring.replace(now);
  }
  if (tail.reads > 0) tail.changedMeanwhile.set(change.id, change);
}

/** A page is going to be read, whose events may be from before changes that are shown meanwhile. */
export function beginRead(tail: ChangingTail): void {
  tail.reads += 1;
}

/** That page was read, or isn't coming. How an event of it is now, as far as changes were shown. */
export function endRead(tail: ChangingTail, form: ChangeForm): (event: CommittedEvent) => EncodedEvent {
  const changes = [...tail.changedMeanwhile.values()];
  tail.reads -= 1;
  if (tail.reads === 0) tail.changedMeanwhile.clear();
  return (event) => changes.reduce((now, change) => changed(now, change, form), form.encode(event));
}

function changeIn({ type, seq, data }: CommittedEvent, form: ChangeForm): ShownChange | null {
  if (type !== form.updated && type !== form.deleted) return null;
  const told = JSON.parse(data) as {
    readonly id: string;
    readonly content?: string;
    readonly editedAt?: number;
  };
  const { id, content = null, editedAt = 0 } = told;
  // An update without a text: the log has a later one, which is going to be shown.
  return type === form.updated && content === null ? null : { id, seq, content, editedAt };
}

function changed(event: EncodedEvent, change: ShownChange, form: ChangeForm): EncodedEvent {
  const { id, content, editedAt } = change;
  const isItself = event.type === form.created && form.knownId(event.id) === id;
  const mayBeUpdate = event.type === form.updated && event.json.includes(id);
  if (event.seq >= change.seq || !(isItself || mayBeUpdate)) return event;
  const { timestamp, data } = JSON.parse(event.json) as { readonly timestamp: number; readonly data: object };
  const rewritten = (text: string): EncodedEvent => form.encode({ ...event, timestamp, data: text });
  if (mayBeUpdate) return 'id' in data && data.id === id ? rewritten(supersededUpdate(id)) : event;
  // What is deleted stays so: it may have been read ahead of what is shown.
  return 'deleted' in data ? event : rewritten(JSON.stringify(form.changed(data, content, editedAt)));
}
