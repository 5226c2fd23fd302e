/** What the page remembers between visits: who one was, and where. */

import type { GuestTokenStore } from '../../../src/client/guest-token-store.ts';
import type { TextStorage } from './browser-storage.ts';
import { fieldsOf } from './server-requests.ts';

/** A login that is kept: of an account, or with an issuer. `expiresAt`: when `token` ends, ms since the epoch. */
export interface SavedLogin {
  readonly kind: 'account' | 'issuer';
  /** Tells one login from the next; stays when its tokens are renewed. */
  readonly loginId: string;
  readonly token: string;
  /** Null: when `token` ends, so does the login. */
  readonly refreshToken: string | null;
  readonly expiresAt: number;
  /** The issuer, as the server names it, and for people; empty for accounts. */
  readonly issuer: string;
  readonly issuerName: string;
}

/** Who one was. */
export type SavedIdentity = { readonly kind: 'guest'; readonly token: string } | SavedLogin;

/** The channels that one was in, the one looked at last among them. */
export interface SavedChannels {
  readonly joined: readonly string[];
  readonly last: string | null;
}

const NO_CHANNELS: SavedChannels = { joined: [], last: null };
const MAX_SAVED_CHANNELS = 30;

/** Reads and writes under keys of its own, so that several servers behind one origin don't mix. */
export class SavedSession {
  /** Where the identity stands; other tabs hear of changes there. */
  readonly identityKey: string;
  readonly #storage: TextStorage;
  readonly #channelsKey: string;

  /** `place`: the path that the page is served under. */
  constructor(storage: TextStorage, place: string) {
    this.#storage = storage;
    this.identityKey = `hubbub:identity:${place}`;
    this.#channelsKey = `hubbub:channels:${place}`;
  }

  /** Who one was; null for nobody. */
  identity(): SavedIdentity | null {
    const saved = this.#read(this.identityKey);
    const { kind, token } = saved;
    if (kind === 'guest' && typeof token === 'string') return { kind, token };
    return readLogin(saved);
  }

  keepIdentity(identity: SavedIdentity): void {
    this.#storage.setItem(this.identityKey, JSON.stringify(identity));
  }

  forgetIdentity(): void {
    this.#storage.removeItem(this.identityKey);
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
    const { joined, last } = this.#read(this.#channelsKey);
    if (!Array.isArray(joined)) return NO_CHANNELS;
    return {
      joined: joined.filter((id): id is string => typeof id === 'string').slice(0, MAX_SAVED_CHANNELS),
      last: typeof last === 'string' ? last : null,
    };
  }

  keepChannels(channels: SavedChannels): void {
    this.#storage.setItem(this.#channelsKey, JSON.stringify(channels));
  }

  forgetChannels(): void {
    this.#storage.removeItem(this.#channelsKey);
  }

  #read(key: string): Readonly<Record<string, unknown>> {
    try {
      return fieldsOf(JSON.parse(this.#storage.getItem(key) ?? 'null'));
    } catch {
      return {};
    }
  }
}

/** A login as it was kept, or null. */
export function readLogin(value: unknown): SavedLogin | null {
  const { kind, loginId, token, refreshToken, expiresAt, issuer, issuerName } = fieldsOf(value);
  if ((kind !== 'account' && kind !== 'issuer') || typeof token !== 'string') return null;
  if (typeof expiresAt !== 'number') return null;
  const text = (field: unknown): string => (typeof field === 'string' ? field : '');
  return {
    kind,
    loginId: text(loginId),
    token,
    refreshToken: typeof refreshToken === 'string' ? refreshToken : null,
    expiresAt,
    issuer: text(issuer),
    issuerName: text(issuerName),
  };
}
