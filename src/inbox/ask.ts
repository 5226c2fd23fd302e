/** What an inbox asks of another one, or of itself: who it is from, whom it is to, and what becomes of it in the log. */
import type { AppendEntry } from '../log/entry.ts';
import type { CommittedEvent } from '../log/committed-event.ts';
import type { UserRef } from '../protocol/entities.ts';
import type { Ask } from './effects.ts';
import { changeEntry } from './whisper-change.ts';
import { entryOf } from './whisper.ts';

/** The id under which it is answered. */
export function askId(ask: Ask): string {
  return ask.kind === 'send' ? ask.whisper.id : ask.change.id;
}

/** Whose whisper it is about, and who gets it. */
export function partiesOf(ask: Ask): { readonly from: UserRef; readonly to: UserRef } {
  return ask.kind === 'send' ? ask.whisper : ask.change.whisper;
}

/** Whether it is about a note to oneself: that stands in one log, once. */
export function isToOneself(ask: Ask): boolean {
  const { from, to } = partiesOf(ask);
  return from.id === to.id;
}

/** Whether it needs no leave of whom it is to. */
export function isUnconditional(ask: Ask): boolean {
  return isToOneself(ask) || (ask.kind === 'change' && ask.change.content === null);
}

/** What is committed in the log of whom it is to, with its companion in the log of whom it is from. */
export function entryFor(ask: Ask): AppendEntry {
  return ask.kind === 'send' ? entryOf(ask.whisper) : changeEntry(ask.change);
}

/** The event that stands at `seq` in the log of whom it is from. */
export function ownEvent(ask: Ask, seq: number): CommittedEvent {
  const entry = entryFor(ask);
  const { id, type, sender, timestamp, data, correspondent } = entry.companions?.[0] ?? entry;
  return {
    ...{ id, type, sender, seq, timestamp, data },
    ...(correspondent === undefined ? {} : { correspondent }),
  };
}
