/** What the reader has chosen about the page, kept in this browser. */
import type { TextStorage } from './browser-storage.ts';
import { fieldsOf } from './server-requests.ts';
import { Store, type Schedule } from './store.ts';

/** `system`: as the system says. */
export type Theme = 'system' | 'light' | 'dark';
/** Which messages the browser tells of while nobody looks. */
export type Notify = 'off' | 'mentions' | 'all';

export interface PreferenceValues {
  readonly theme: Theme;
  readonly notify: Notify;
}

const THEMES: readonly unknown[] = ['system', 'light', 'dark'] satisfies readonly Theme[];
const NOTIFY: readonly unknown[] = ['off', 'mentions', 'all'] satisfies readonly Notify[];

/** Watched like the page's state; `public/theme.js` reads the theme from the same key, before the first paint. */
export class Preferences extends Store<PreferenceValues> {
  readonly #storage: TextStorage;
  readonly #key: string;

  /** `place`: the path that the page is served under. */
  constructor(storage: TextStorage, place: string, schedule: Schedule) {
    const key = `hubbub:preferences:${place}`;
    super(read(storage.getItem(key)), schedule);
    this.#storage = storage;
    this.#key = key;
  }

  /** Takes choices and keeps them. */
  choose(choice: Partial<PreferenceValues>): void {
    this.update((values) => ({ ...values, ...choice }));
    this.#storage.setItem(this.#key, JSON.stringify(this.value));
  }
}

function read(text: string | null): PreferenceValues {
  let fields: Readonly<Record<string, unknown>> = {};
  try {
    fields = fieldsOf(JSON.parse(text ?? 'null'));
  } catch {
    // What can't be read counts as nothing chosen.
  }
  const { theme, notify } = fields;
  return {
    theme: THEMES.includes(theme) ? (theme as Theme) : 'system',
    notify: NOTIFY.includes(notify) ? (notify as Notify) : 'off',
  };
}
