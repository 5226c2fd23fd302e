/** What the page remembers between visits: who one was, and where. */

import type { GuestTokenStore } from '../../../src/client/guest-token-store.ts';

/** Who one was. `expiresAt`: when `token` ends, in ms since the epoch. */
export type SavedIdentity =
  | { readonly kind: 'guest'; readonly token: string }
  | {
      readonly kind: 'account';
      readonly token: string;
      readonly refreshToken: string;
      readonly expiresAt: number;
    };

/** The channels that one was in, the one looked at last among them. */
export interface SavedChannels {
  readonly joined: readonly string[];
  readonly last: string | null;
}

/** Where texts are kept; the browser's localStorage is one. */
export interface TextStorage {
  getItem(key: string): string | null;
  setItem(key: string, text: string): void;
  removeItem(key: string): void;
}

const NO_CHANNELS: SavedChannels = { joined: [], last: null };
const MAX_SAVED_CHANNELS = 30;

/** Reads and writes under keys of its own, so that several servers behind one origin don't mix. */
export class SavedSession {
  readonly #storage: TextStorage;
  readonly #identityKey: string;
  readonly #channelsKey: string;

  /** `place`: the path that the page is served under. */
  constructor(storage: TextStorage, place: string) {
    this.#storage = storage;
    this.#identityKey = `hubbub:identity:${place}`;
    this.#channelsKey = `hubbub:channels:${place}`;
  }

  /** Who one was; null for nobody. */
  identity(): SavedIdentity | null {
    const saved = this.#read(this.#identityKey) as { [key in string]?: unknown } | null;
    if (saved === null) return null;
    const { kind, token, refreshToken, expiresAt } = saved;
    if (typeof token !== 'string') return null;
    if (kind === 'guest') return { kind, token };
    if (kind !== 'account' || typeof refreshToken !== 'string' || typeof expiresAt !== 'number') return null;
    return { kind, token, refreshToken, expiresAt };
  }

  keepIdentity(identity: SavedIdentity): void {
    this.#storage.setItem(this.#identityKey, JSON.stringify(identity));
  }

  forgetIdentity(): void {
    this.#storage.removeItem(this.#identityKey);
  }

  /** The place where the chat client finds and leaves its guest's token. */
  guestTokenStore(): GuestTokenStore {
    return {
      get: () => {
        const identity = this.identity();
        return identity?.kind === 'guest' ? identity.token : null;
      },
      set: (token) => {
        if (token === '') this.forgetIdentity();
        else this.keepIdentity({ kind: 'guest', token });
      },
    };
  }

  channels(): SavedChannels {
    const saved = this.#read(this.#channelsKey) as { joined?: unknown; last?: unknown } | null;
    if (saved === null || !Array.isArray(saved.joined)) return NO_CHANNELS;
    return {
      joined: saved.joined.filter((id): id is string => typeof id === 'string').slice(0, MAX_SAVED_CHANNELS),
      last: typeof saved.last === 'string' ? saved.last : null,
    };
  }

  keepChannels(channels: SavedChannels): void {
    this.#storage.setItem(this.#channelsKey, JSON.stringify(channels));
  }

  #read(key: string): unknown {
    const text = this.#storage.getItem(key);
    if (text === null) return null;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return null;
    }
  }
}

/** localStorage, or memory where the browser forbids it. */
export function browserStorage(): TextStorage {
  try {
    const probe = 'hubbub:probe';
    localStorage.setItem(probe, '');
    localStorage.removeItem(probe);
    return localStorage;
  } catch {
    const kept = new Map<string, string>();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, text) => void kept.set(key, text),
      removeItem: (key) => void kept.delete(key),
    };
  }
}
