/** Who the client says it is: the `data` of `hello`. */
import type { GuestTokenStore } from './guest-token-store.ts';

/** A token, or a function that gets a fresh one each time. */
export type TokenSource = string | (() => string | Promise<string>);

/** What an identity is made of. Without `token` one is a guest. */
export interface IdentityOptions {
  readonly token?: TokenSource | undefined;
  /** The display name that a guest asks for. */
  readonly name?: string | undefined;
  /** The guest to be again; without it the one in `store`. */
  readonly guestToken?: string | undefined;
  readonly store: GuestTokenStore;
}

/** Answers with the newest token that there is, and keeps what `welcome` brings. */
export class Identity {
  #token: TokenSource | undefined;
  readonly #name: string | undefined;
  #guestToken: string | undefined;
  readonly #store: GuestTokenStore;

  constructor(options: IdentityOptions) {
    this.#token = options.token;
    this.#name = options.name;
    this.#guestToken = options.guestToken;
    this.#store = options.store;
  }

  /** Whether an expired token can be followed by another one. */
  get canRenew(): boolean {
    return typeof this.#token === 'function';
  }

  /** `data` of the next `hello`. Rejects when the token function does. */
  async hello(): Promise<Readonly<Record<string, string>>> {
    if (this.#token !== undefined) return { token: await this.token() };
    const guestToken = this.#guestToken ?? this.#store.get() ?? '';
    return {
      ...(this.#name === undefined ? {} : { name: this.#name }),
      ...(guestToken === '' ? {} : { guestToken }),
    };
  }

  /** The newest token; rejects when there is none, or the function that should bring it does. */
  async token(): Promise<string> {
    if (this.#token === undefined) throw new Error('a guest has no token');
    return typeof this.#token === 'string' ? this.#token : this.#token();
  }

  /** Takes the guest token of a `welcome`. */
  keepGuestToken(token: string): void {
    this.#guestToken = token;
    this.#store.set(token);
  }

  /** Forgets a guest token that the server no longer takes. False: there was none. */
  forgetGuestToken(): boolean {
    if (this.#token !== undefined || (this.#guestToken ?? this.#store.get() ?? '') === '') return false;
    this.#guestToken = undefined;
    this.#store.set('');
    return true;
  }

  /** A token that was renewed on a live connection; a function stays, it knows better what is newest. */
  renewed(token: string): void {
    if (typeof this.#token !== 'function') this.#token = token;
  }
}
