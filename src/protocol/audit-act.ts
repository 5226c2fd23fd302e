/** An act that moderates or administrates, as the audit log keeps it (docs/adr/0023). */

/** What an act is done to. */
export interface AuditTarget {
  readonly kind:
    | 'user'
    | 'channel'
    | 'message'
    | 'token'
    | 'key'
    | 'report'
    | 'note'
    | 'rule'
    | 'settings'
    | 'audit'
    | 'webhook';
  readonly id: string;
  /** What people call it. Personal: it can be erased, the id can't. */
  readonly name?: string;
}

/** What was done, to whom and why. All but `action` and the target's kind and id can be erased. */
export interface AuditNote {
  /** `noun:verb`, where there is an event of the act its type: `member:kicked`. */
  readonly action: string;
  /** Absent: the channel, or the server, as a whole. */
  readonly target?: AuditTarget;
  /** Name of who did it. */
  readonly by?: string;
  readonly reason?: string;
  /** What it was before and is now, as far as it changed: JSON objects. */
  readonly before?: object;
  readonly after?: object;
}

/** Who does something. */
export interface AuditActor {
  /** Of a user; `terminal`: whoever may run commands on the server's machine. */
  readonly id: string;
  readonly name?: string;
}

/** The same with who, where and when. */
export interface AuditAct extends AuditNote {
  /** ms since the epoch. */
  readonly at: number;
  /** Id of the {@link AuditActor}. */
  readonly actor: string;
  /** Id of the channel that it was done in. */
  readonly channel?: string;
}

/** Who acts from the terminal; no user has this id. */
export const TERMINAL: AuditActor = { id: 'terminal' };

/** What `actor` does at `at`. */
export function actBy({ id, name }: AuditActor, at: number, note: Omit<AuditNote, 'by'>): AuditAct {
  return { ...note, at, actor: id, ...(name === undefined ? {} : { by: name }) };
}
