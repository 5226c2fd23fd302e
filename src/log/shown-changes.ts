/**
 * What events that were shown make of earlier ones: replayed, these tell the state of now. The log rewrites them in the
 * transaction of the change; here it is done to those that are held, and to what was read before.
 */
import type { CommittedEvent } from './committed-event.ts';
import type { EncodedEvent, EventRing } from './ring.ts';

/** A change that the event `seq` makes of earlier ones. */
export interface ShownChange {
  readonly seq: number;
}

/** How the events of a log tell of changes, and what these make of others. */
export interface ChangeForm<Change extends ShownChange> {
  /** Null: it changes nothing. */
  changeIn(event: CommittedEvent): Change | null;
  /** `event`, an earlier one, after the change; itself where nothing of it changes. */
  changed(event: EncodedEvent, change: Change): EncodedEvent;
  encode(event: CommittedEvent): EncodedEvent;
}

/** What an actor holds of its log, and what it must remember of changes while pages of that are read. */
export interface ChangingTail<Change extends ShownChange> {
  readonly ring: EventRing;
  /** Pages that are being read. */
  reads: number;
  /** Changes that were shown since the first of those began, in their order. */
  readonly changedMeanwhile: Change[];
}

/** `data` of an update that another change has taken the place of. */
export function supersededUpdate(id: string): string {
  return JSON.stringify({ id });
}

/** `event` was shown, the newest one of the ring: rewrites what it changes there. The change that it makes, or null. */
export function applyChange<Change extends ShownChange>(
  tail: ChangingTail<Change>,
  event: CommittedEvent,
  form: ChangeForm<Change>,
): Change | null {
  const change = form.changeIn(event);
  if (change === null) return null;
  for (const held of tail.ring.slice(1, event.seq - 1)) {
    const now = form.changed(held, change);
    if (now !== held) tail.ring.replace(now);
  }
  if (tail.reads > 0) tail.changedMeanwhile.push(change);
  return change;
}

/** A page is going to be read, whose events may be from before changes that are shown meanwhile. */
export function beginRead(tail: { reads: number }): void {
  tail.reads += 1;
}

/**
 * That page was read, or isn't coming. How an event of it is now, as far as changes were shown: those up to `asOf`, the head
 * that the log had when it was read, are in it; where that isn't known (0), changes must bear to be made twice.
 */
export function endRead<Change extends ShownChange>(
  tail: ChangingTail<Change>,
  form: ChangeForm<Change>,
  asOf = 0,
): (event: CommittedEvent) => EncodedEvent {
  const changes = tail.changedMeanwhile.filter(({ seq }) => seq > asOf);
  tail.reads -= 1;
  if (tail.reads === 0) tail.changedMeanwhile.length = 0;
  return (event) =>
    changes.reduce(
      (now, change) => (now.seq < change.seq ? form.changed(now, change) : now),
      form.encode(event),
    );
}
