/** What a check finds. */
import type { LoggedMessage } from './history-record.ts';

/**
 * Something that must not be:
 * - `lost`: acknowledged or shown, or in the inbox of the other of two, and not in the log; `misplaced`: it is, elsewhere
 *   or under another id;
 * - `duplicate`: in the log twice; `foreign`: sent by nobody; `refused`: failed, and there all the same;
 * - `altered`: with another text, author, id or time than was sent, or than others have;
 * - `gap`: a log's numbers aren't 1, 2, 3, …; `order`: a message stands before one that it must follow, or was shown so;
 * - `missed`: a client wasn't shown what it was owed;
 * - `unread`: a channel's log isn't in the history; `contradiction`: the history can't be of any run.
 */
export interface Finding {
  readonly what:
    | 'lost'
    | 'misplaced'
    | 'duplicate'
    | 'foreign'
    | 'refused'
    | 'altered'
    | 'gap'
    | 'order'
    | 'missed'
    | 'unread'
    | 'contradiction';
  /** In words that name the channel and the place. */
  readonly detail: string;
}

/** The members in which one message can have been altered. */
const COMPARED = ['id', 'authorId', 'to', 'clientMessageId', 'content', 'timestamp'] as const;

/** What of a message is compared. */
type Compared = Readonly<Omit<LoggedMessage, 'seq'>>;

/** Names of the members in which `left` and `right` differ. */
export function differences(left: Compared, right: Compared): string[] {
  return COMPARED.filter((member) => left[member] !== right[member]);
}
