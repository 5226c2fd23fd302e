/** What people say of themselves on this server: the name and the avatar of an account. */
import { actBy } from '../protocol/audit-act.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { Deed } from './access-changes.ts';
import { LONGEST_ACCESS_TOKEN_SECONDS } from './account-issuer.ts';
import { AttemptThrottle } from './attempt-throttle.ts';
import { parseAvatarAddress } from './avatar-address.ts';
import { parseAccountName } from './display-name.ts';
import { tooManyAttempts } from './password-check.ts';
import type { Account, AccountStore, ProfileChange } from './ports.ts';
import { refused } from './signed-token.ts';

/** What {@link AccountProfiles} need. `now` gives ms since the epoch, `mono` ms on a clock that nobody sets. */
export interface AccountProfilesDeps {
  readonly store: AccountStore;
  /** Resolves when what was stored holds in this process; others follow within a second. */
  readonly applied: () => Promise<void>;
  readonly now: () => number;
  readonly mono: () => number;
}

/** Reads and changes profiles. */
export class AccountProfiles {
  readonly #deps: AccountProfilesDeps;
  /** A change is told to everyone who sees the user. */
  readonly #changes = new AttemptThrottle({ burst: 10, intervalMs: 60_000 });

  constructor(deps: AccountProfilesDeps) {
    this.#deps = deps;
  }

  /** The account; `unauthorized` when it is gone, `unavailable`. */
  async read(id: string): Promise<Result<Account>> {
    return present(await this.#deps.store.findById(id));
  }

  /**
   * Changes the account and says how it is then; connections are told within a second. `bad_request` for what can be no
   * name or no avatar, `conflict` for a name that is taken or looks like one, `rate_limited`, `unauthorized` when the
   * account is gone, `unavailable`.
   */
  async change(id: string, change: ProfileChange): Promise<Result<Account>> {
    const { store, applied, now, mono } = this.#deps;
    const parsed = parsedChange(change);
    if (!parsed.ok) return parsed;
    const wanted = parsed.value;
    const current = await this.read(id);
    if (!current.ok || !differs(current.value, wanted)) return current;
    const wait = this.#changes.take(id, mono());
    if (wait > 0) return fail(tooManyAttempts(wait));
    const at = now();
    const changed = await store.changeProfile(id, wanted, at + LONGEST_ACCESS_TOKEN_SECONDS * 1000, at);
    if (!changed.ok) {
      this.#changes.giveBack(id);
      return changed;
    }
    await applied();
    return present(changed);
  }

  /** The same by an administrator, as often as they like; the audit log has it. */
  async changeBy(id: string, change: ProfileChange, { by, reason }: Deed): Promise<Result<Account>> {
    const { store, applied, now } = this.#deps;
    const parsed = parsedChange(change);
    if (!parsed.ok) return parsed;
    const wanted = parsed.value;
    const current = await this.read(id);
    if (!current.ok || !differs(current.value, wanted)) return current;
    const at = now();
    const act = actBy(by, at, {
      action: 'profile:changed',
      target: { kind: 'user', id, name: wanted.name ?? current.value.name },
      ...(reason === undefined ? {} : { reason }),
      after: wanted,
    });
    const until = at + LONGEST_ACCESS_TOKEN_SECONDS * 1000;
    const changed = await store.changeProfile(id, wanted, until, at, act);
    if (!changed.ok) return changed;
    await applied();
    return present(changed);
  }
}

/** What is wanted, in the form in which it is kept. */
function parsedChange({ name, avatar }: ProfileChange): Result<ProfileChange> {
  const wantedName = name === undefined ? ok(undefined) : parseAccountName(name);
  if (!wantedName.ok) return wantedName;
  const wantedAvatar = typeof avatar === 'string' ? parseAvatarAddress(avatar) : ok(avatar);
  if (!wantedAvatar.ok) return wantedAvatar;
  return ok({
    ...(wantedName.value === undefined ? {} : { name: wantedName.value }),
    ...(wantedAvatar.value === undefined ? {} : { avatar: wantedAvatar.value }),
  });
}

function differs(account: Account, { name, avatar }: ProfileChange): boolean {
  const otherName = name !== undefined && name !== account.name;
  return otherName || (avatar !== undefined && avatar !== (account.avatar ?? null));
}

function present(found: Result<Account | null>): Result<Account> {
  if (!found.ok) return found;
  return found.value === null ? refused() : ok(found.value);
}
