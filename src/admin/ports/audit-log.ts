/** The audit log as routes and commands use it. Stores of what is changed append to it in their own statements. */
import type { AuditAct, AuditTarget } from '../../protocol/audit-act.ts';
import type { Result } from '../../protocol/result.ts';

/** An act that was done. */
export interface AuditEntry {
  /** 1, 2, 3 … */
  readonly seq: number;
  /** ms since the epoch. */
  readonly at: number;
  readonly actor: { readonly id: string; readonly name?: string };
  readonly action: string;
  readonly target?: AuditTarget;
  readonly channel?: string;
  readonly reason?: string;
  readonly before?: object;
  readonly after?: object;
  /** Whether names, reason, before and after were erased. */
  readonly erased: boolean;
  /** SHA-256 of the row and all before it, hex. */
  readonly hash: string;
}

/** Which acts: those that fit all that is given. */
export interface AuditQuery {
  readonly actor?: string;
  /** Id of what it was done to. */
  readonly target?: string;
  readonly action?: string;
  readonly channel?: string;
  /** ms since the epoch; from `since` on, and before `until`. */
  readonly since?: number;
  readonly until?: number;
  /** Only those numbered below. */
  readonly before?: number;
  readonly limit: number;
}

/** Newest first. */
export interface AuditPage {
  readonly items: readonly AuditEntry[];
  readonly hasMore: boolean;
}

/** See the head of the file. */
export interface AuditLog {
  /** Keeps an act that changes nothing in the database, or nothing that a store could keep with it. */
  append(act: AuditAct): Promise<Result<void>>;
  list(query: AuditQuery): Promise<Result<AuditPage>>;
  /**
   * Erases names, reason, before and after of the act `seq`, and keeps that `act` was done; the chain holds. Whether there
   * was anything to erase: where there wasn't, nothing is kept.
   */
  erase(seq: number, act: AuditAct): Promise<Result<boolean>>;
}
