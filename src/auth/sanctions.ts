/** Bans and mutes that hold everywhere: who may, whom, and that it holds. Over REST and WebSocket alike. */
import { RANKS, rankOf } from '../protocol/decide.ts';
import type { Principal, Role, UserRef } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { canExist, type PersonKey } from '../protocol/person.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { isStorable } from '../protocol/text.ts';
import type { Person } from './access-changes.ts';
import { canonicalAddress } from './address-range.ts';
import type {
  NewSanction,
  SanctionKind,
  SanctionPage,
  SanctionQuery,
  SanctionStore,
  StoredSanction,
} from './sanction-store.ts';

/** Somebody with the roles that hold of them everywhere, connected or not. */
export interface SanctionTarget extends Person {
  readonly roles: readonly Role[];
}

/** What is to hold of whom. */
export interface SanctionRequest {
  readonly kind: SanctionKind;
  readonly person: PersonKey;
  readonly reason?: string | undefined;
  /** 1 to MAX_SANCTION_SECONDS; absent: without end. */
  readonly seconds?: number | undefined;
  /** Of a ban: messages of the last so many seconds are deleted. */
  readonly deleteSeconds?: number | undefined;
  /** Of a ban of a guest: guests from this address are kept out too. */
  readonly address?: string | undefined;
}

/** What holds now. */
export interface Imposed {
  readonly id: string;
  readonly user: UserRef;
  /** ms since the epoch; null: without end. */
  readonly until: number | null;
  /** Whether it took the place of one that was in force. */
  readonly replaced: boolean;
}

/** Who acts. */
export type Moderator = Pick<Principal, 'id' | 'name' | 'roles'>;

/** What {@link Sanctions} need. `now` gives ms since the epoch, `newId` a UUIDv7. */
export interface SanctionsDeps {
  readonly store: SanctionStore;
  readonly findTarget: (person: PersonKey) => Promise<Result<SanctionTarget | null>>;
  /** Resolves when what was stored holds in this process; others follow within a second. */
  readonly applied: () => Promise<void>;
  readonly now: () => number;
  readonly newId: () => string;
}

const NOBODY = failure('not_found', 'There is no such user.');
const OUTRANKED = failure('forbidden', 'Nobody acts on someone of their own rank or above.');

/** See the head of the file. Moderators and administrators act, on those below them, never on themselves. */
export class Sanctions {
  readonly #deps: SanctionsDeps;

  constructor(deps: SanctionsDeps) {
    this.#deps = deps;
  }

  /** `forbidden`, `bad_request`, `not_found`, `unavailable`. */
  async impose(by: Moderator, request: SanctionRequest): Promise<Result<Imposed>> {
    const problem = notStaff(by) ?? reasonProblem(request.reason);
    if (problem !== null) return fail(problem);
    const target = await this.#targetOf(by, request.person);
    if (!target.ok) return target;
    const { id: userId, name, kind } = target.value;
    const address = addressFor(request, kind);
    if (!address.ok) return address;
    const { store, now, newId } = this.#deps;
    const [id, at] = [newId(), now()];
    const { seconds, reason, deleteSeconds } = request;
    const until = seconds === undefined ? null : at + seconds * 1000;
    const sanction: NewSanction = {
      ...{ id, kind: request.kind, user: { id: userId, name }, by: { id: by.id, name: by.name }, at, until },
      ...(reason === undefined || reason === '' ? {} : { reason }),
      ...(address.value === null ? {} : { address: address.value }),
      ...(deleteSeconds === undefined ? {} : { deleteSince: at - deleteSeconds * 1000 }),
    };
    const stored = await store.sanction(sanction);
    if (!stored.ok) return stored;
    await this.#deps.applied();
    return ok({ id, user: sanction.user, until, replaced: stored.value.replaced });
  }

  /** Ends what is in force of that kind; `forbidden`, `not_found` where that is nothing, `unavailable`. */
  async pardon(
    by: Moderator,
    kind: SanctionKind,
    whom: { readonly id: string } | { readonly person: PersonKey },
  ): Promise<Result<StoredSanction>> {
    const problem = notStaff(by);
    if (problem !== null) return fail(problem);
    const person = 'id' in whom ? await this.#personOf(kind, whom.id) : ok(whom.person);
    if (!person.ok) return person;
    const target = await this.#targetOf(by, person.value);
    if (!target.ok) return target;
    const { store, now, applied } = this.#deps;
    const pardon = {
      ...{ kind, user: { id: target.value.id, name: target.value.name } },
      ...{ by: { id: by.id, name: by.name }, at: now() },
      ...('id' in whom ? { id: whom.id } : {}),
    };
    const ended = await store.pardon(pardon);
    if (!ended.ok) return ended;
    if (ended.value === null) return fail(nothingToPardon(kind));
    await applied();
    return ok(ended.value);
  }

  /** For moderators and administrators: `forbidden`, `unavailable`. */
  async list(by: Moderator, query: SanctionQuery): Promise<Result<SanctionPage>> {
    const problem = notStaff(by);
    if (problem !== null) return fail(problem);
    // Nobody has an id that the database can't hold.
    if (query.user !== undefined && !isStorable(query.user)) return ok({ items: [], hasMore: false });
    return this.#deps.store.list(query, this.#deps.now());
  }

  /** Whose the ban or mute with this id is. */
  async #personOf(kind: SanctionKind, id: string): Promise<Result<PersonKey>> {
    const found = isStorable(id) ? await this.#deps.store.find(kind, id) : ok(null);
    if (!found.ok) return found;
    return found.value === null ? fail(nothingToPardon(kind)) : ok({ id: found.value.user.id });
  }

  async #targetOf(by: Moderator, person: PersonKey): Promise<Result<SanctionTarget>> {
    const found = canExist(person) ? await this.#deps.findTarget(person) : ok(null);
    if (!found.ok) return found;
    if (found.value === null) return fail(NOBODY);
    return rankOf(by.roles) > rankOf(found.value.roles) ? ok(found.value) : fail(OUTRANKED);
  }
}

function notStaff({ roles }: Moderator): Failure | null {
  if (rankOf(roles) >= RANKS.staff) return null;
  return failure('forbidden', 'This is for moderators and administrators.');
}

function reasonProblem(reason: string | undefined): Failure | null {
  if (reason === undefined || isStorable(reason)) return null;
  return failure('bad_request', 'reason must be well-formed Unicode without U+0000');
}

function nothingToPardon(kind: SanctionKind): Failure {
  return failure('not_found', `There is no such ${kind} in force.`);
}

/** Canonical; null: none. */
function addressFor({ kind, address }: SanctionRequest, of: Person['kind']): Result<string | null> {
  if (address === undefined) return ok(null);
  if (kind !== 'ban' || of !== 'guest') {
    return fail(failure('bad_request', 'Only the ban of a guest takes an address.'));
  }
  const canonical = canonicalAddress(address);
  return canonical === null ? fail(failure('bad_request', 'address must be an IP address')) : ok(canonical);
}
