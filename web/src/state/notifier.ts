/** The browser's notifications of new messages, for when nobody looks at the page. */
import type { Notify, Preferences } from './preferences.ts';

/** A message to tell of. */
export interface NewMessage {
  readonly channelId: string;
  readonly channelName: string;
  readonly author: string;
  readonly content: string;
  /** Whether it names the reader. */
  readonly mention: boolean;
}

/** What the notifier needs of the browser. */
export interface NotifierOptions {
  /** Missing where the browser has no notifications, or not on this page (plain http). */
  readonly notifications: typeof Notification | undefined;
  readonly preferences: Preferences;
  /** The picture beside the text. */
  readonly icon: string;
  /** The reader has clicked: the page is wanted, with this channel. */
  readonly onOpen: (channelId: string) => void;
}

/** Whether the browser lets the page tell. `unasked`: it has to be asked, by a click. */
export type Permission = 'missing' | 'unasked' | 'granted' | 'denied';

const LONGEST_TEXT = 200;

/** One notification a channel: a newer message takes the place of an older one. */
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
  tell({ channelId, channelName, author, content, mention }: NewMessage): void {
    const { notifications, preferences, icon, onOpen } = this.#options;
    const { notify } = preferences.value;
    if (notifications === undefined || this.permission !== 'granted') return;
    if (notify === 'off' || (notify === 'mentions' && !mention)) return;
    const title = mention ? `${author} mentioned you in #${channelName}` : `${author} in #${channelName}`;
    try {
      const shown = new notifications(title, { body: shortened(content), tag: `hubbub:${channelId}`, icon });
      this.#shown.set(channelId, shown);
      shown.onclick = () => {
        shown.close();
        onOpen(channelId);
      };
    } catch {
      // Phones' browsers throw: there, only a service worker may.
    }
  }

  /** A channel was looked at: what was told of it is known. */
  seen(channelId: string): void {
    this.#shown.get(channelId)?.close();
    this.#shown.delete(channelId);
  }

  /** Signed out: nothing told before is of use any more. */
  clear(): void {
    for (const channelId of [...this.#shown.keys()]) this.seen(channelId);
  }
}

function shortened(text: string): string {
  // No character is more than two code units.
  const characters = Array.from(text.slice(0, 2 * LONGEST_TEXT + 2));
  return characters.length <= LONGEST_TEXT ? text : `${characters.slice(0, LONGEST_TEXT).join('')}…`;
}
