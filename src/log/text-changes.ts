/** Edits and deletions, as the events of a log tell of them. */
import type { CommittedEvent } from './committed-event.ts';
import type { EncodedEvent } from './ring.ts';
import { type ChangeForm, type ShownChange, supersededUpdate } from './shown-changes.ts';

/** A message or whisper has another text, or none any more. */
export interface TextChange extends ShownChange {
  /** Of the message or whisper, as clients know it. */
  readonly id: string;
  /** Null: it is deleted. */
  readonly content: string | null;
  /** ms since the epoch. */
  readonly editedAt: number;
  /** `data` of the event that tells it. */
  readonly told: object;
}

/** How a log tells of texts. */
export interface TextForm {
  /** Types of events. */
  readonly created: string;
  readonly updated: string;
  readonly deleted: string;
  /** The id that clients know, from that of the event that created it. */
  knownId(eventId: string): string;
  /** That event's `data` after the change; `editedAt` in ms since the epoch, `told`: `data` of the event that tells it. */
  changed(data: object, content: string | null, editedAt: number, told: object): object;
  encode(event: CommittedEvent): EncodedEvent;
}

/** The changes of a log in which nothing changes but texts. */
export function textChanges(form: TextForm): ChangeForm<TextChange> {
  return {
    changeIn: (event) => textChangeIn(event, form),
    changed: (event, change) => withText(event, change, form),
    encode: (event) => form.encode(event),
  };
}

/** The change of a text that the event tells; null: none, or one that a later one took the place of. */
export function textChangeIn({ type, seq, data }: CommittedEvent, form: TextForm): TextChange | null {
  if (type !== form.updated && type !== form.deleted) return null;
  const told = JSON.parse(data) as {
    readonly id: string;
    readonly content?: string;
    readonly editedAt?: number;
  };
  const { id, content = null, editedAt = 0 } = told;
  // An update without a text: the log has a later one, which is going to be shown.
  return type === form.updated && content === null ? null : { id, seq, content, editedAt, told };
}

/** `event` after the change: that of the message itself, or an earlier update of it. */
export function withText(event: EncodedEvent, change: TextChange, form: TextForm): EncodedEvent {
  const { id, content, editedAt, told } = change;
  const isItself = event.type === form.created && form.knownId(event.id) === id;
  const mayBeUpdate = event.type === form.updated && event.json.includes(id);
  if (!(isItself || mayBeUpdate)) return event;
  const { timestamp, data } = JSON.parse(event.json) as { readonly timestamp: number; readonly data: object };
  const rewritten = (text: string): EncodedEvent => form.encode({ ...event, timestamp, data: text });
  if (mayBeUpdate) return 'id' in data && data.id === id ? rewritten(supersededUpdate(id)) : event;
  // What is deleted stays so: it may have been read ahead of what is shown.
  return 'deleted' in data ? event : rewritten(JSON.stringify(form.changed(data, content, editedAt, told)));
}
