/** Bans and mutes from everywhere in memory: what the migration 0011_sanctions_everywhere.sql does in the database. */
import type {
  NewSanction,
  Pardon,
  PendingDeletion,
  SanctionChange,
  SanctionKind,
  SanctionPage,
  SanctionQuery,
  SanctionStore,
  StoredSanction,
} from '../../auth/sanction-store.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { imposedAct, pardonedAct } from '../sanction-audit.ts';
import type { MemoryAuditLog } from './memory-audit-log.ts';

interface Kept {
  sanction: StoredSanction;
  deleteSince: number | null;
  change: number;
}

/** See the head of the file. */
export class MemorySanctions implements SanctionStore {
  readonly #audit: Pick<MemoryAuditLog, 'add'>;
  readonly #next: () => number;
  readonly #channelsOf: (user: string, since: number, until: number) => readonly string[];
  readonly #kept = new Map<string, Kept>();

  /** `next` numbers a change, `audit` keeps acts; `channelsOf` tells where somebody wrote. */
  constructor(
    next: () => number,
    audit: Pick<MemoryAuditLog, 'add'>,
    channelsOf: (user: string, since: number, until: number) => readonly string[] = () => [],
  ) {
    this.#next = next;
    this.#audit = audit;
    this.#channelsOf = channelsOf;
  }

  /** What changed behind `after` and still matters at `now`. */
  changes(after: number, now: number): SanctionChange[] {
    return [...this.#kept.values()].flatMap(({ sanction, deleteSince, change }) => {
      const { id, kind, user, until, reason, address, endedAt } = sanction;
      const deletes = deleteSince !== null;
      const matters = until === null || until > now || deletes;
      if (change <= after || !matters || (endedAt !== null && after < 0)) return [];
      return {
        ...{ id, kind, userId: user.id, until, isOver: endedAt !== null, deletes },
        ...(reason === undefined ? {} : { reason }),
        ...(address === undefined ? {} : { address }),
      };
    });
  }

  async sanction(act: NewSanction): Promise<Result<{ readonly replaced: boolean }>> {
    const { at, deleteSince = null, ...sanction } = act;
    this.#audit.add(imposedAct(act));
    const change = this.#next();
    let replaced = false;
    for (const kept of this.#kept.values()) {
      const { kind, user, until, endedAt } = kept.sanction;
      if (kind !== act.kind || user.id !== act.user.id || endedAt !== null) continue;
      replaced ||= until === null || until > at;
      kept.sanction = { ...kept.sanction, endedAt: Math.min(at, until ?? at) };
      kept.change = change;
    }
    const stored = { ...sanction, createdAt: at, endedAt: null, endedBy: null };
    this.#kept.set(act.id, { sanction: stored, deleteSince, change });
    return ok({ replaced });
  }

  async pardon(pardon: Pardon): Promise<Result<StoredSanction | null>> {
    const { kind, user, id, by, at } = pardon;
    for (const kept of this.#kept.values()) {
      const { sanction } = kept;
      const isMeant = sanction.user.id === user.id && (id === undefined || sanction.id === id);
      if (!isMeant || sanction.kind !== kind || !isInForce(sanction, at)) continue;
      kept.sanction = { ...sanction, endedAt: at, endedBy: by };
      kept.change = this.#next();
      this.#audit.add(pardonedAct(pardon));
      return ok(kept.sanction);
    }
    return ok(null);
  }

  async find(kind: SanctionKind, id: string): Promise<Result<StoredSanction | null>> {
    const kept = this.#kept.get(id);
    return ok(kept?.sanction.kind === kind ? kept.sanction : null);
  }

  async list(
    { kind, user, active, before, limit }: SanctionQuery,
    now: number,
  ): Promise<Result<SanctionPage>> {
    const found = [...this.#kept.values()]
      .map(({ sanction }) => sanction)
      .filter(
        (sanction) =>
          sanction.kind === kind &&
          (user === undefined || sanction.user.id === user) &&
          (before === undefined || sanction.id < before) &&
          (active === undefined || active === isInForce(sanction, now)),
      )
      .sort((a, b) => (a.id < b.id ? 1 : -1));
    return ok({ items: found.slice(0, limit), hasMore: found.length > limit });
  }

  async deletions(limit: number): Promise<Result<readonly PendingDeletion[]>> {
    const pending = [...this.#kept.values()].flatMap(({ sanction, deleteSince }) => {
      const { id, user, by, createdAt: at } = sanction;
      return deleteSince === null ? [] : { id, user: user.id, by, since: deleteSince, at };
    });
    return ok(pending.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit));
  }

  async channelsOf(user: string, since: number, until: number): Promise<Result<readonly string[]>> {
    return ok(this.#channelsOf(user, since, until));
  }

  async deleted(id: string): Promise<Result<void>> {
    const kept = this.#kept.get(id);
    if (kept !== undefined) kept.deleteSince = null;
    return ok(undefined);
  }
}

function isInForce({ endedAt, until }: StoredSanction, now: number): boolean {
  return endedAt === null && (until === null || until > now);
}
