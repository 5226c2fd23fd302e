/** Guests: people who prove only that they were here before. */
import type { Principal, Role } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { ChatPolicy } from '../protocol/permissions.ts';
import { nameKey } from '../protocol/text.ts';
import { GUEST_NAME_PREFIX, parseDisplayName, withSuffix } from './display-name.ts';
import type { Identity } from './identity.ts';
import type { NameStore } from './ports.ts';
import { LONGEST_OWN_TOKEN_SECONDS } from './server-keys.ts';
import type { ServerKeys } from './server-keys.ts';
import { refused, signToken, verifyToken } from './signed-token.ts';
import type { TokenKind } from './signed-token.ts';

/**
 * `iss` of guest tokens. It doesn't name the server's URL, so that guests keep their token when that changes; the
 * signature says whose they are.
 */
export const GUEST_ISSUER = 'urn:hubbub:guest';

const GUEST_TOKEN: TokenKind = {
  issuer: GUEST_ISSUER,
  audience: 'hubbub-guest',
  typ: 'guest+jwt',
  lifetimeSeconds: LONGEST_OWN_TOKEN_SECONDS,
};

/** Letters of the suffix that stands in for the store: 26¹² names, so that two never meet. */
const OUTAGE_SUFFIX_LENGTH = 12;
const NEW_NAME_LENGTH = 6;
const GUEST_ROLES: readonly Role[] = ['guest'];
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** What {@link Guests} need. `now` gives ms since the epoch, `random` so many random bytes. */
export interface GuestsDeps {
  readonly keys: ServerKeys;
  readonly names: NameStore;
  readonly guests: ChatPolicy['guests'];
  readonly now: () => number;
  readonly newId: () => string;
  readonly random: (bytes: number) => Uint8Array;
}

/** What a guest brings: both may be absent. */
export interface GuestRequest {
  readonly name?: string | undefined;
  readonly guestToken?: string | undefined;
}

/** Who the guest is, and the token that proves it the next time. */
export interface Guest {
  readonly identity: Identity;
  readonly guestToken: string;
}

interface KnownGuest {
  readonly id: string;
  readonly name: string;
  /** What the guest asked for when `name` was given. */
  readonly wanted: string;
  /** When the token that says so was signed, ms since the epoch. */
  readonly issuedAt: number;
}

/** Admits guests. A token holds id and name, so that who comes back needs no store. */
export class Guests {
  readonly #deps: GuestsDeps;

  constructor(deps: GuestsDeps) {
    this.#deps = deps;
  }

  /**
   * Lets a guest in. A `guestToken` that holds makes the same user again, with the name that it had unless another is
   * asked for; one that doesn't hold proves nothing, and its bearer is a new guest. `bad_request` for a name that
   * can't be one, `unauthorized` where there are no guests. An outage of the store keeps nobody out.
   */
  async admit(request: GuestRequest): Promise<Result<Guest>> {
    if (this.#deps.guests === 'off')
      return fail(failure('unauthorized', 'This server has no guests: log in.'));
    const wanted = request.name === undefined ? ok(undefined) : parseDisplayName(request.name);
    if (!wanted.ok) return wanted;
    const known = request.guestToken === undefined ? null : await this.#read(request.guestToken);
    const guest = known?.ok === true ? known.value : null;
    return ok(await this.#welcome(await this.#named(guest, wanted.value)));
  }

  /** The guest whose token this is; `unauthorized` when it doesn't hold, or where there are no guests. */
  async fromGuestToken(guestToken: string): Promise<Result<Identity>> {
    if (this.#deps.guests === 'off') return refused();
    const known = await this.#read(guestToken);
    return known.ok ? ok(identityOf(known.value)) : known;
  }

  async #named(known: KnownGuest | null, wanted: string | undefined): Promise<KnownGuest> {
    if (known !== null && (wanted === undefined || leadsTo(known, wanted))) return known;
    const { names, now, newId } = this.#deps;
    const id = known?.id ?? newId();
    // Another name doesn't make the token that was brought any younger: it may have been revoked.
    const issuedAt = known?.issuedAt ?? now();
    const name = wanted ?? GUEST_NAME_PREFIX + this.#letters(NEW_NAME_LENGTH);
    const claimed = await names.claim(id, name, true, now());
    if (claimed.ok) return { id, name: claimed.value, wanted: name, issuedAt };
    if (known !== null) return known;
    const unseen = withSuffix(wanted ?? 'guest', this.#letters(OUTAGE_SUFFIX_LENGTH));
    return { id, name: unseen, wanted: name, issuedAt };
  }

  async #read(token: string): Promise<Result<KnownGuest>> {
    const verified = await verifyToken(this.#deps.keys, GUEST_TOKEN, token, this.#deps.now());
    if (!verified.ok) return verified;
    const { sub, issuedAt, name, wanted } = verified.value;
    if (typeof name !== 'string' || typeof wanted !== 'string') return refused();
    return ok({ id: sub, name, wanted, issuedAt });
  }

  async #welcome(guest: KnownGuest): Promise<Guest> {
    const claims = { sub: guest.id, name: guest.name, wanted: guest.wanted };
    const guestToken = await signToken(this.#deps.keys, GUEST_TOKEN, claims, this.#deps.now());
    return { identity: identityOf(guest), guestToken };
  }

  #letters(length: number): string {
    // 26 doesn't divide 256: the first letters are a little likelier, which costs half a bit over twelve.
    return Array.from(this.#deps.random(length), (byte) => LETTERS.charAt(byte % LETTERS.length)).join('');
  }
}

function leadsTo(known: KnownGuest, wanted: string): boolean {
  const key = nameKey(wanted);
  return key === nameKey(known.wanted) || key === nameKey(known.name);
}

function identityOf({ id, name, issuedAt }: KnownGuest): Identity {
  const user: Principal = { id, name, guest: true, roles: GUEST_ROLES };
  const tokenRoles = GUEST_ROLES;
  return { user, issuer: GUEST_ISSUER, subject: id, account: false, tokenRoles, tokenIds: [], issuedAt };
}
