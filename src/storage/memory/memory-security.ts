/** {@link SecurityStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { AccountProfile, SecurityChanges, SecurityStore, Standing } from '../../auth/ports.ts';
import type { AuditAct } from '../../protocol/audit-act.ts';
import type { Role } from '../../protocol/entities.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { MemoryAuditLog } from './memory-audit-log.ts';
import { MemorySanctions } from './memory-sanctions.ts';

const NEVER = 8_640_000_000_000_000;

/** Numbered changes in two maps, and those of bans and mutes. */
export class MemorySecurity implements SecurityStore {
  readonly sanctions: MemorySanctions;
  readonly #tokens = new Map<string, { readonly until: number; readonly change: number }>();
  readonly #standings = new Map<string, Standing & { readonly change: number }>();
  readonly #endLogins: (accountId: string) => number;
  /** Where acts are kept. */
  readonly audit: MemoryAuditLog;
  #change = 0;
  #keysChange = 0;

  /** `endLogins` ends the logins of an account and tells when the newest token of theirs was signed, or 0. */
  constructor(endLogins: (accountId: string) => number = () => 0, audit = new MemoryAuditLog()) {
    this.#endLogins = endLogins;
    this.sanctions = new MemorySanctions(() => this.#next(), audit);
    this.audit = audit;
  }

  async changesAfter(after: number, now: number): Promise<Result<SecurityChanges | null>> {
    if (this.#change <= after) return ok(null);
    const matters = (entry: { readonly until: number; readonly change: number }): boolean =>
      entry.change > after && entry.until > now;
    return ok({
      change: this.#change,
      keysChange: this.#keysChange,
      tokens: [...this.#tokens]
        .filter(([, entry]) => matters(entry))
        .map(([tokenId, { until }]) => ({ tokenId, until })),
      standings: [...this.#standings.values()]
        .filter(matters)
        .map(({ userId, revokedBefore, profile, roles, until }) => ({
          ...{ userId, revokedBefore, profile, roles, until },
        })),
      sanctions: this.sanctions.changes(after, now),
    });
  }

  async revokeToken(tokenId: string, until: number, _now: number, act?: AuditAct): Promise<Result<void>> {
    this.audit.keep(act);
    const known = this.#tokens.get(tokenId)?.until ?? 0;
    this.#tokens.set(tokenId, { until: Math.max(known, until), change: this.#next() });
    return ok(undefined);
  }

  async revokeUser(
    userId: string,
    before: number | null,
    until: number,
    now: number,
    act?: AuditAct,
  ): Promise<Result<void>> {
    this.audit.keep(act);
    const signedAt = this.#endLogins(userId);
    this.userRevoked(userId, before ?? Math.max(now, signedAt + 1), until);
    return ok(undefined);
  }

  async grantRoles(
    userId: string,
    roles: readonly Role[],
    _now: number,
    act?: AuditAct,
  ): Promise<Result<void>> {
    this.audit.keep(act, { roles: this.#standing(userId).roles ?? [] });
    this.#put({ ...this.#standing(userId), roles: roles.length === 0 ? null : roles, until: NEVER });
    return ok(undefined);
  }

  /** Before which time the user's tokens are revoked; 0: none. */
  revokedBefore(userId: string): number {
    return this.#standing(userId).revokedBefore;
  }

  /** Tokens of the user that were signed before `before` are revoked; nothing else ends. */
  userRevoked(userId: string, before: number, until: number): void {
    const known = this.#standing(userId);
    const revokedBefore = Math.max(known.revokedBefore, before);
    this.#put({ ...known, revokedBefore, until: Math.max(known.until, until) });
  }

  /** An account's record changed; tokens that say otherwise are about until `until`. */
  profileChanged(userId: string, profile: AccountProfile, until: number): void {
    const known = this.#standing(userId);
    this.#put({ ...known, profile, until: Math.max(known.until, until) });
  }

  /** The signing keys are others now. */
  keysChanged(): void {
    this.#keysChange = this.#next();
  }

  #standing(userId: string): Standing {
    return this.#standings.get(userId) ?? { userId, revokedBefore: 0, profile: null, roles: null, until: 0 };
  }

  #put(standing: Standing): void {
    this.#standings.set(standing.userId, { ...standing, change: this.#next() });
  }

  #next(): number {
    this.#change += 1;
    return this.#change;
  }
}
