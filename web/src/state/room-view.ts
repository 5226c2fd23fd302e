/** Which room is shown, and what of it the reader has in view. */
import type { Notifier } from './notifier.ts';
import type { PageAddress } from './page-address.ts';
import { roomOf, withoutUnread, withRoom, type PageState } from './page-state.ts';
import { hasNewer, trimmed } from './timeline.ts';

/** What the view needs. */
export interface RoomViewOptions {
  readonly state: () => PageState;
  readonly update: (change: (state: PageState) => PageState) => void;
  readonly address: PageAddress;
  readonly notifier: Notifier;
  /** Whether somebody looks at the page. */
  readonly isVisible: () => boolean;
  /** The reader may have come to see the end of the room that is shown. */
  readonly onSeen: (roomId: string) => void;
}

/** How a room comes to be shown: by a step that one can go back from, or not. */
export type Step = 'step' | 'same place';

/** See the head of the file. */
export class RoomView {
  readonly #options: RoomViewOptions;
  /** Rooms whose reader has scrolled back: their older messages must stay. */
  readonly #readingBack = new Set<string>();

  constructor(options: RoomViewOptions) {
    this.#options = options;
  }

  /** Shows a room that the page holds. */
  show(roomId: string, step: Step): void {
    const { update, address, notifier, onSeen } = this.#options;
    update((state) =>
      withoutUnread(
        state.screen === 'chat' ? { ...state, active: roomId, problem: null, told: null } : state,
        roomId,
      ),
    );
    address.show(roomId, step === 'step');
    notifier.seen(roomId);
    onSeen(roomId);
  }

  /** Whether messages of this room are read as they come. */
  isLookedAt(roomId: string): boolean {
    const state = this.#options.state();
    return state.screen === 'chat' && state.active === roomId && this.#options.isVisible();
  }

  /** Whether the newest messages of this room are in view. */
  isEndInView(roomId: string): boolean {
    return this.isLookedAt(roomId) && !this.#readingBack.has(roomId);
  }

  /** The page came into view again: the channel that it shows counts as read. */
  seen(): void {
    const { state, notifier, update, onSeen } = this.#options;
    const now = state();
    if (now.screen !== 'chat' || now.active === null) return;
    const { active } = now;
    notifier.seen(active);
    update((known) => withoutUnread(known, active));
    onSeen(active);
  }

  /** Tells whether the reader of a room looks at older messages, which are kept then. */
  setReadingBack(roomId: string, readingBack: boolean): void {
    if (readingBack) this.#readingBack.add(roomId);
    else {
      this.#readingBack.delete(roomId);
      this.#options.onSeen(roomId);
    }
  }

  /** A room's timeline has become longer. */
  grown(roomId: string): void {
    const { state, update, onSeen } = this.#options;
    if (this.#readingBack.has(roomId)) return;
    update((known) => withRoom(known, roomId, ({ timeline }) => ({ timeline: trimmed(timeline) })));
    const room = roomOf(state(), roomId);
    if (room !== undefined && !hasNewer(room.timeline)) onSeen(roomId);
  }

  /** A room is no longer among the page's: nobody reads it, and the address names what is shown now. */
  dropped(roomId: string): void {
    const { state, notifier, address } = this.#options;
    this.#readingBack.delete(roomId);
    notifier.seen(roomId);
    const now = state();
    if (now.screen === 'chat') address.show(now.active, false);
  }

  /** Signed out: nobody reads anything. */
  clear(): void {
    this.#readingBack.clear();
  }
}
