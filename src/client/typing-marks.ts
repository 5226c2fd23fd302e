/** Who is typing, as others see it, and one's own typing, as others are told. */
import type { UserRef } from '../protocol/entities.ts';
import type { Cancel, Timers } from './timers.ts';

/** Somebody else began or ceased to type. */
export interface TypingChange {
  readonly channelId: string;
  readonly user: UserRef;
  readonly typing: boolean;
}

/** A mark ends by itself after so many ms: the server's six seconds and one for the way. */
const MARK_MS = 7_000;
/** How often one who goes on typing says so, ms: twice within the server's six seconds. */
const REPEAT_MS = 3_000;

/** Marks of others. Each begins and ends with one change, whatever the network loses. */
export class TypingMarks {
  readonly #timers: Timers;
  readonly #onChange: (change: TypingChange) => void;
  readonly #marks = new Map<string, { readonly channelId: string; readonly user: UserRef; cancel: Cancel }>();

  constructor(timers: Timers, onChange: (change: TypingChange) => void) {
    this.#timers = timers;
    this.#onChange = onChange;
  }

  /** `user` types; said again, the mark lasts longer. */
  start(channelId: string, user: UserRef): void {
    const cancel = this.#timers.after(MARK_MS, () => {
      this.stop(channelId, user);
    });
    const mark = this.#marks.get(keyOf(channelId, user));
    if (mark !== undefined) {
      mark.cancel();
      mark.cancel = cancel;
      return;
    }
    this.#marks.set(keyOf(channelId, user), { channelId, user, cancel });
    this.#onChange({ channelId, user, typing: true });
  }

  /** `user` ceased; nothing happens without a mark. */
  stop(channelId: string, user: UserRef): void {
    const mark = this.#marks.get(keyOf(channelId, user));
    if (mark === undefined) return;
    mark.cancel();
    this.#marks.delete(keyOf(channelId, user));
    this.#onChange({ channelId, user: mark.user, typing: false });
  }

  /** Ends all marks, or those of one channel. */
  clear(channelId?: string): void {
    for (const mark of [...this.#marks.values()]) {
      if (channelId === undefined || mark.channelId === channelId) this.stop(mark.channelId, mark.user);
    }
  }
}

/** One's own typing: says every keystroke's news no more often than needed. */
export class OwnTyping {
  readonly #timers: Timers;
  readonly #send: (type: 'typing:start' | 'typing:stop', channelId: string) => void;
  readonly #saidAt = new Map<string, number>();

  constructor(timers: Timers, send: (type: 'typing:start' | 'typing:stop', channelId: string) => void) {
    this.#timers = timers;
    this.#send = send;
  }

  /** Call it at every keystroke with true, and with false when the input is empty or left. */
  set(channelId: string, typing: boolean): void {
    const said = this.#saidAt.get(channelId);
    const now = this.#timers.now();
    if (!typing) {
      if (this.#saidAt.delete(channelId)) this.#send('typing:stop', channelId);
    } else if (said === undefined || now - said >= REPEAT_MS) {
      this.#saidAt.set(channelId, now);
      this.#send('typing:start', channelId);
    }
  }

  /** A message was sent, or the connection is gone: the next keystroke is news. */
  forget(channelId?: string): void {
    if (channelId === undefined) this.#saidAt.clear();
    else this.#saidAt.delete(channelId);
  }
}

function keyOf(channelId: string, user: UserRef): string {
  return `${channelId}\n${user.id}`;
}
