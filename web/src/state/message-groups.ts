/** Messages as they are read: by day, and one author's run of messages under one name. */
import type { LoggedMessage } from './timeline.ts';
import { sameDay } from '../text/format-time.ts';

/** One author's run. `newDay`: it is the first of its day. */
export interface MessageGroup {
  readonly key: number;
  readonly author: LoggedMessage['author'];
  readonly at: number;
  readonly newDay: boolean;
  readonly messages: readonly LoggedMessage[];
}

/** A run ends when its author was silent for so many ms. */
const RUN_PAUSE_MS = 5 * 60_000;

/** Cuts `messages`, in the order of the log, into groups. */
export function groupMessages(messages: readonly LoggedMessage[]): readonly MessageGroup[] {
  const groups: MessageGroup[] = [];
  let run: LoggedMessage[] = [];
  let previous: LoggedMessage | undefined;
  for (const message of messages) {
    const newDay = previous === undefined || !sameDay(previous.at, message.at);
    if (previous === undefined || newDay || !continues(previous, message)) {
      run = [];
      groups.push({ key: message.seq, author: message.author, at: message.at, newDay, messages: run });
    }
    run.push(message);
    previous = message;
  }
  return groups;
}

function continues(previous: LoggedMessage, message: LoggedMessage): boolean {
  return (
    previous.author.id === message.author.id &&
    previous.author.name === message.author.name &&
    message.at - previous.at < RUN_PAUSE_MS
  );
}
