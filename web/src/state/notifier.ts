/** The browser's notifications of new messages, for when nobody looks at the page. */
import type { Notify, Preferences } from './preferences.ts';

/** A message to tell of. */
export interface NewMessage {
  readonly roomId: string;
  /** Null for a whisper, which is for the reader alone. */
  readonly channelName: string | null;
  readonly author: string;
  readonly content: string;
  /** Whether it names the reader, or is for them alone. */
  readonly mention: boolean;
}

/** What the notifier needs of the browser. */
export interface NotifierOptions {
  /** Missing where the browser has no notifications, or not on this page (plain http). */
  readonly notifications: typeof Notification | undefined;
  readonly preferences: Preferences;
  /** The picture beside the text. */
  readonly icon: string;
  /** The reader has clicked: the page is wanted, with this room. */
  readonly onOpen: (roomId: string) => void;
}

/** Whether the browser lets the page tell. `unasked`: it has to be asked, by a click. */
export type Permission = 'missing' | 'unasked' | 'granted' | 'denied';

const LONGEST_TEXT = 200;

/** One notification a room: a newer message takes the place of an older one. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #shown = new Map<string, Notification>();

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  get permission(): Permission {
    const { notifications } = this.#options;
    if (notifications === undefined) return 'missing';
    return notifications.permission === 'default' ? 'unasked' : notifications.permission;
  }

  /** Takes the reader's choice; asks the browser where it must be asked. Only ever called for a click. */
  async choose(notify: Notify): Promise<Permission> {
    const { notifications, preferences } = this.#options;
    if (notify !== 'off' && this.permission === 'unasked') await notifications?.requestPermission();
    const { permission } = this;
    preferences.choose({ notify: permission === 'granted' ? notify : 'off' });
    return permission;
  }

  /** Tells of a message, if the reader wants to hear of it. */
  tell({ roomId, content, ...message }: NewMessage): void {
    const { notifications, preferences, icon, onOpen } = this.#options;
    const { notify } = preferences.value;
    if (notifications === undefined || this.permission !== 'granted') return;
    if (notify === 'off' || (notify === 'mentions' && !message.mention)) return;
    try {
      const shown = new notifications(titleOf(message), {
        body: shortened(content),
        tag: `hubbub:${roomId}`,
        icon,
      });
      this.#shown.set(roomId, shown);
      shown.onclick = () => {
        shown.close();
        onOpen(roomId);
      };
    } catch {
      // Phones' browsers throw: there, only a service worker may.
    }
  }

  /** A room was looked at: what was told of it is known. */
  seen(roomId: string): void {
    this.#shown.get(roomId)?.close();
    this.#shown.delete(roomId);
  }

  /** Signed out: nothing told before is of use any more. */
  clear(): void {
    for (const roomId of [...this.#shown.keys()]) this.seen(roomId);
  }
}

function titleOf({ channelName, author, mention }: Omit<NewMessage, 'roomId' | 'content'>): string {
  if (channelName === null) return `${author} whispers to you`;
  return mention ? `${author} mentioned you in #${channelName}` : `${author} in #${channelName}`;
}

function shortened(text: string): string {
  // No character is more than two code units.
  const characters = Array.from(text.slice(0, 2 * LONGEST_TEXT + 2));
  return characters.length <= LONGEST_TEXT ? text : `${characters.slice(0, LONGEST_TEXT).join('')}…`;
}
