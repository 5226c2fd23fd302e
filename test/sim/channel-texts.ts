/**
 * The texts of a channel's messages as one client comes to know them by what it is told. What it is told later is never
 * older than that.
 */

/** An event of a channel as it stands on the wire. */
export interface SeenEvent {
  readonly type: string;
  readonly seq: number;
  readonly data: { readonly id: string; readonly content?: string; readonly deleted?: true };
}

export class ChannelTexts {
  /** By message, null for what is deleted. */
  readonly #now = new Map<string, string | null>();
  /** The newest change of a message whose text is known. */
  readonly #changedAt = new Map<string, number>();
  readonly #deleted = new Set<string>();
  readonly #lastChangeOf: (id: string) => number;

  /** `lastChangeOf`: where the log has the last change of a message. */
  constructor(lastChangeOf: (id: string) => number) {
    this.#lastChangeOf = lastChangeOf;
  }

  get all(): ReadonlyMap<string, string | null> {
    return this.#now;
  }

  /** Changes may be missing from here on: nothing is known for sure of what was told before. */
  forget(): void {
    this.#now.clear();
    this.#changedAt.clear();
  }

  /** Takes an event; why it can't be told any more, or null. */
  take({ type, seq, data }: SeenEvent): string | null {
    const { id, content, deleted } = data;
    if (type === 'message:deleted' || deleted === true) {
      this.#deleted.add(id);
      this.#now.set(id, null);
      return null;
    }
    if (content === undefined) return null;
    const problem = type === 'message:created' ? this.#problem(id, content) : null;
    this.#now.set(id, content);
    if (type === 'message:updated') this.#changedAt.set(id, Math.max(seq, this.#changedAt.get(id) ?? 0));
    return problem;
  }

  #problem(id: string, content: string): string | null {
    if (this.#deleted.has(id)) return `${id} has the text ${content} again`;
    const changedAt = this.#changedAt.get(id);
    if (changedAt === undefined || this.#lastChangeOf(id) > changedAt || this.#now.get(id) === content)
      return null;
    return `${id} is told as ${content}, which it was before its change`;
  }
}
