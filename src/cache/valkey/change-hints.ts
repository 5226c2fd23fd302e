/**
 * Tells other servers of the same database that a ban, a role or a revocation was found there, so that they look at once and
 * not with their next look. What changed is in the database alone: a hint that is lost costs a quarter of a second.
 */
import type { ValkeyLink } from './valkey-link.ts';

/** What it needs. */
export interface ChangeHintsOptions {
  readonly link: Pick<ValkeyLink, 'ask' | 'listen'>;
  /** The Valkey channel of all servers of this database. */
  readonly channel: string;
  /** As who this thread tells: what it told itself it doesn't hear. */
  readonly self: string;
}

export class ChangeHints {
  readonly #options: ChangeHintsOptions;
  #isLooking = false;
  #isLookingAgain = false;

  constructor(options: ChangeHintsOptions) {
    this.#options = options;
  }

  /** Something changed. */
  tell(): void {
    const { link, channel, self } = this.#options;
    void link.ask('hint', (client) => client.publish(channel, self));
  }

  /** Calls `look`, which never rejects, when somebody else told of a change: never twice at once, and once more for all that came meanwhile. */
  listen(look: () => Promise<void>): void {
    this.#options.link.listen(this.#options.channel, (_, message) => {
      if (message.toString() !== this.#options.self) void this.#look(look);
    });
  }

  async #look(look: () => Promise<void>): Promise<void> {
    this.#isLookingAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#isLookingAgain) {
      this.#isLookingAgain = false;
      await look();
    }
    this.#isLooking = false;
  }
}
