/** Holds a channel's log, read back over the wire, against what was acknowledged in it. */

/** What is wrong; all zero: every acknowledged message is there once, at its place, and no number is left out. */
export interface LogFaults {
  /** Acknowledged, and not in the log. */
  readonly missing: number;
  /** In the log more than once. */
  readonly doubled: number;
  /** In the log at another `seq` than was acknowledged. */
  readonly misplaced: number;
  /** Events whose `seq` doesn't follow the one before. */
  readonly gaps: number;
}

/** An event as far as it is looked at. */
export interface CheckedEvent {
  readonly seq: number;
  readonly data?: { readonly clientMessageId?: string };
}

/** Reads a log page by page from its beginning. */
export class LogCheck {
  readonly #acknowledged: ReadonlyMap<string, number | null>;
  readonly #seen = new Set<string>();
  #head = 0;
  #doubled = 0;
  #misplaced = 0;
  #gaps = 0;

  /** `acknowledged`: clientMessageId → `seq` that its ack told; null: it told none of this log. */
  constructor(acknowledged: ReadonlyMap<string, number | null>) {
    this.#acknowledged = acknowledged;
  }

  /** `seq` up to which it has read. */
  get head(): number {
    return this.#head;
  }

  /** Takes the next events of the log. */
  read(events: readonly CheckedEvent[]): void {
    for (const { seq, data } of events) {
      if (seq !== this.#head + 1) this.#gaps += 1;
      this.#head = seq;
      const id = data?.clientMessageId;
      if (id === undefined) continue;
      if (this.#seen.has(id)) this.#doubled += 1;
      this.#seen.add(id);
      const told = this.#acknowledged.get(id) ?? null;
      if (told !== null && told !== seq) this.#misplaced += 1;
    }
  }

  /** What was found; the log was read to its end. */
  faults(): LogFaults {
    let missing = 0;
    for (const id of this.#acknowledged.keys()) if (!this.#seen.has(id)) missing += 1;
    return { missing, doubled: this.#doubled, misplaced: this.#misplaced, gaps: this.#gaps };
  }
}

/** All faults of several logs in one number. */
export function countFaults(faults: readonly LogFaults[]): number {
  return faults.reduce(
    (sum, { missing, doubled, misplaced, gaps }) => sum + missing + doubled + misplaced + gaps,
    0,
  );
}
