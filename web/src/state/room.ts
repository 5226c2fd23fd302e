/** What a channel and a conversation have in common: a log that one reads and writes to. */
import type { Quote } from './replies.ts';
import { EMPTY_TIMELINE, type Timeline } from './timeline.ts';

/** A room that the page holds. */
export interface RoomState {
  /** A channel's id, or the key of a conversation. */
  readonly id: string;
  /** False until the first page of the log is there. */
  readonly joined: boolean;
  readonly timeline: Timeline;
  /** Up to where messages count as read from the first. */
  readonly readSeq: number;
  /** Messages of others that came while nobody looked. */
  readonly unread: number;
  readonly older: 'idle' | 'loading' | 'failed';
  /** Id of the message that is being edited, in place of writing a new one. */
  readonly editing: string | null;
  /** What the next message answers. */
  readonly answering: Quote | null;
  /** What a command has told its writer alone. */
  readonly note: string | null;
  /** The place of the log that is to be shown. */
  readonly goal: number | null;
}

/** A room of which nothing is known yet. */
export function newRoom(id: string): RoomState {
  return {
    id,
    joined: false,
    timeline: EMPTY_TIMELINE,
    readSeq: 0,
    unread: 0,
    older: 'idle',
    editing: null,
    answering: null,
    note: null,
    goal: null,
  };
}
