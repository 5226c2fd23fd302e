/** What people say of themselves on this server: the name and the avatar of an account. */
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
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
  async change(id: string, { name, avatar }: ProfileChange): Promise<Result<Account>> {
    const { store, applied, now, mono } = this.#deps;
    const wantedName = name === undefined ? ok(undefined) : parseAccountName(name);
    if (!wantedName.ok) return wantedName;
    const wantedAvatar = typeof avatar === 'string' ? parseAvatarAddress(avatar) : ok(avatar);
    if (!wantedAvatar.ok) return wantedAvatar;
    const wanted: ProfileChange = {
      ...(wantedName.value === undefined ? {} : { name: wantedName.value }),
      ...(wantedAvatar.value === undefined ? {} : { avatar: wantedAvatar.value }),
    };
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
}

function differs(account: Account, { name, avatar }: ProfileChange): boolean {
  const otherName = name !== undefined && name !== account.name;
  return otherName || (avatar !== undefined && avatar !== (account.avatar ?? null));
}

function present(found: Result<Account | null>): Result<Account> {
  if (!found.ok) return found;
  return found.value === null ? refused() : ok(found.value);
}
