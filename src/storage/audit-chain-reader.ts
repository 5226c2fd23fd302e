/** Reads the chain of the audit log from one end to the other and says where it is broken. */
import { ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { type AuditHead, ChainCheck, type CheckedRow, NO_HASH } from './audit-chain.ts';

/** The chain as it is stored. */
export interface AuditChain {
  /** Where it is said to end. */
  head(): Promise<Result<AuditHead>>;
  /** At most `limit` rows behind the row `after`, in the order of their numbers. */
  rows(after: number, limit: number): Promise<Result<readonly CheckedRow[]>>;
}

/** What a chain comes to: where it ends, or what is wrong with it, as a sentence. */
export type Verdict =
  { readonly sound: true; readonly head: AuditHead } | { readonly sound: false; readonly problem: string };

const PAGE = 1_000;

/**
 * Checks every row, also those that are appended meanwhile. `pinned`: a head that somebody noted, which the chain must
 * still have; without it nobody can tell a tail that was cut off together with the head.
 */
export async function verifyChain(chain: AuditChain, pinned?: AuditHead): Promise<Result<Verdict>> {
  const check = new ChainCheck();
  let pinnedHash = NO_HASH;
  for (let head: AuditHead | null = null; ;) {
    const rows = await chain.rows(check.head.seq, PAGE);
    if (!rows.ok) return rows;
    for (const row of rows.value) {
      const problem = check.next(row);
      if (problem !== null) return broken(problem);
      if (row.seq === pinned?.seq) pinnedHash = row.hash;
    }
    if (rows.value.length === PAGE) continue;
    if (head !== null && head.seq > check.head.seq) return broken(missing(check.head.seq, head.seq));
    const now = await chain.head();
    if (!now.ok) return now;
    head = now.value;
    if (head.seq < check.head.seq) return broken(`row ${head.seq + 1} stands behind the head of the chain`);
    if (head.seq > check.head.seq) continue;
    if (head.hash !== check.head.hash) return broken(`the head of the chain is not row ${head.seq}`);
    return ok(againstPin(head, pinned, pinnedHash));
  }
}

function againstPin(head: AuditHead, pinned: AuditHead | undefined, found: string): Verdict {
  if (pinned === undefined) return { sound: true, head };
  if (pinned.seq > head.seq) return { sound: false, problem: missing(head.seq, pinned.seq) };
  if (pinned.hash === found) return { sound: true, head };
  return { sound: false, problem: `row ${pinned.seq} is not the one that was noted` };
}

function missing(last: number, wanted: number): string {
  return last + 1 === wanted ? `row ${wanted} is missing` : `rows ${last + 1} to ${wanted} are missing`;
}

function broken(problem: string): Result<Verdict> {
  return ok({ sound: false, problem });
}
