/** Decides who someone is: by an access token of one of the issuers, or as a guest. */
import { decodeJwt } from 'jose';
import type { Principal } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { bannedFailure } from '../protocol/sanctions.ts';
import { parseDisplayName } from './display-name.ts';
import { GUEST_ISSUER } from './guests.ts';
import type { Guest, GuestRequest, Guests } from './guests.ts';
import { derivedUserId } from './identity.ts';
import type { Identity, TokenIssuer, VerifiedToken } from './identity.ts';
import type { NameStore, SeenUser } from './ports.ts';
import { ProvedTokens } from './proved-tokens.ts';
import { MAX_TOKEN_LENGTH, refused } from './signed-token.ts';
import type { Standings } from './standings.ts';

/** What an {@link Authenticator} needs. `now` gives ms since the epoch. */
export interface AuthenticatorDeps {
  /** Tried by exact `iss`; the server's own is the first. */
  readonly issuers: readonly TokenIssuer[];
  /** Is given tokens that name no issuer, or none of those. */
  readonly fallback?: TokenIssuer;
  readonly guests: Guests;
  readonly names: Pick<NameStore, 'claim'>;
  /** Is told of everyone whom another issuer vouches for. */
  readonly seen?: (user: SeenUser) => void;
  readonly standings: Standings;
  /** `azp` of dashboards: whoever comes by one is never shown as a member. */
  readonly dashboardClients: readonly string[];
  readonly now: () => number;
}

/** Tokens and guests in, identities out. */
export class Authenticator {
  readonly #deps: AuthenticatorDeps;
  readonly #issuers: ReadonlyMap<string, TokenIssuer>;
  readonly #proved = new ProvedTokens();

  constructor(deps: AuthenticatorDeps) {
    this.#deps = deps;
    this.#issuers = new Map(deps.issuers.map((issuer) => [issuer.issuer, issuer]));
  }

  /** The issuers whose tokens are taken. */
  get issuers(): readonly string[] {
    return [...this.#issuers.keys()];
  }

  /**
   * Who the bearer of an access token is. `unauthorized` for anything wrong with the token; `unavailable` when it
   * can't be told now (an issuer's keys, or the name of someone whom another issuer vouches for), `banned` for somebody
   * whom a ban keeps out.
   */
  async fromToken(token: string): Promise<Result<Identity>> {
    const identity = await this.#prove(token);
    return identity.ok ? this.current(identity.value) : identity;
  }

  /**
   * The identity with the name, avatar, roles and mute of this moment; `banned`, also a guest where those of `address`
   * (canonical) are, and `unauthorized` when it was revoked meanwhile.
   */
  current(identity: Identity, address?: string): Result<Identity> {
    const { standings, now } = this.#deps;
    // Before revocations: a guest who was banned and revoked is no new guest.
    const ban = standings.banOf(identity, address);
    if (ban !== null) return fail(bannedFailure(ban, now()));
    const current = standings.current(identity);
    return current === null ? refused() : ok(current);
  }

  /** Lets a guest from `address` (canonical) in, see {@link Guests.admit}; `banned`. */
  async guest(request: GuestRequest, address?: string): Promise<Result<Guest>> {
    const { guests, standings, now } = this.#deps;
    const ban = standings.banOfAddress(address);
    // Nobody takes a name who isn't let in.
    if (ban !== null) return fail(bannedFailure(ban, now()));
    const guest = await guests.admit(request);
    if (!guest.ok) return guest;
    const { guestToken } = guest.value;
    const current = this.current(guest.value.identity);
    if (current.ok) return ok({ identity: current.value, guestToken });
    if (current.failure.code === 'banned') return current;
    // A guest who was revoked is as one whose token doesn't hold.
    return guests.admit(request.name === undefined ? {} : { name: request.name });
  }

  /**
   * Who sent this `Authorization: Bearer` credential over HTTP, where nobody says hello: an access token, or the guest
   * token of a guest, who stays one. `address` (canonical) is where it was sent from.
   */
  async fromBearer(credential: string, address?: string): Promise<Result<Identity>> {
    const known = this.#proved.find(credential, this.#deps.now());
    if (known !== null) return this.current(known, address);
    const identity =
      claimedIssuer(credential) === GUEST_ISSUER
        ? await this.#deps.guests.fromGuestToken(credential)
        : await this.#prove(credential);
    if (!identity.ok) return identity;
    this.#proved.remember(credential, identity.value, this.#deps.now());
    return this.current(identity.value, address);
  }

  /** The identity that goes on with a new token; `forbidden` when it is another person's or another issuer's. */
  async refresh(current: Identity, token: string): Promise<Result<Identity>> {
    const next = await this.fromToken(token);
    if (!next.ok) return next;
    if (next.value.issuer !== current.issuer || next.value.subject !== current.subject) {
      return fail(failure('forbidden', 'This token is of someone else: connect anew with it.'));
    }
    // A connection stays shown, or hidden, for as long as it lives.
    const { hidden = false } = current.user;
    return ok({ ...next.value, user: { ...next.value.user, hidden } });
  }

  /** Whose the token is, whatever was revoked or changed since. */
  async #prove(token: string): Promise<Result<Identity>> {
    const issuer = this.#issuers.get(claimedIssuer(token) ?? '') ?? this.#deps.fallback;
    if (issuer === undefined) return refused();
    const verified = await issuer.verify(token);
    if (!verified.ok) return verified;
    const identity = await this.#identify(verified.value.issuer ?? issuer.issuer, verified.value);
    if (identity.ok && !identity.value.account && this.current(identity.value).ok) {
      this.#noteSeen(identity.value, verified.value.clientId);
    }
    return identity;
  }

  #noteSeen({ user, issuer, subject }: Identity, clientId: string | undefined): void {
    const { id, name, avatar, roles } = user;
    this.#deps.seen?.({
      ...{ id, issuer, subject, name, roles, seenAt: this.#deps.now() },
      ...(avatar === undefined ? {} : { avatar }),
      ...(clientId === undefined ? {} : { clientId }),
    });
  }

  async #identify(issuer: string, token: VerifiedToken): Promise<Result<Identity>> {
    const person = token.account === undefined ? await this.#person(issuer, token) : ok(token.account);
    if (!person.ok) return person;
    const { avatar, channels, clientId, expiresAt } = token;
    const hidden = clientId !== undefined && this.#deps.dashboardClients.includes(clientId);
    const user: Principal = {
      id: person.value.id,
      name: person.value.name,
      guest: false,
      roles: token.roles,
      ...(avatar === undefined ? {} : { avatar }),
      ...(channels === undefined ? {} : { channels }),
      ...(hidden ? { hidden } : {}),
    };
    return ok({
      user,
      issuer,
      subject: token.subject,
      account: token.account !== undefined,
      tokenRoles: token.roles,
      tokenIds: token.tokenIds,
      issuedAt: token.issuedAt ?? 0,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(clientId === undefined ? {} : { clientId }),
    });
  }

  async #person(issuer: string, token: VerifiedToken): Promise<Result<{ id: string; name: string }>> {
    const id = derivedUserId(issuer, token.subject);
    const wanted = parseDisplayName(token.name ?? '');
    // What an issuer calls people isn't theirs to mend here, so a name that can't be shown is replaced, not refused.
    const name = await this.#deps.names.claim(id, wanted.ok ? wanted.value : 'user', false, this.#deps.now());
    return name.ok ? ok({ id, name: name.value }) : name;
  }
}

/** `iss` as the token claims it: nothing is proved yet. */
function claimedIssuer(token: string): string | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  try {
    const { iss } = decodeJwt(token);
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}
