/** What one can change of oneself: name, picture and password of an account of this server; and what one can have of it. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { AccountApi, Profile, ProfileChange } from './account-api.ts';
import type { LoginSession } from './login-session.ts';
import { reasonOf } from './reason.ts';

/** How often a file that is being written is looked at, ms. */
const LOOK_MS = 1_000;
const WAITS = new Set(['queued', 'running']);
const NOT_WRITTEN = 'The file could not be written. Try again in a moment.';

/** What the actions need. */
export interface OwnAccountOptions {
  readonly accounts: AccountApi;
  readonly session: LoginSession;
  /** Null while signed out. */
  readonly client: () => ChatClient | null;
  /** Shows what is new about the reader. */
  readonly onChanged: (profile: Profile) => void;
}

/** See the head of the file. The actions resolve with what went wrong, in words, or null. */
export class OwnAccount {
  readonly #options: OwnAccountOptions;

  constructor(options: OwnAccountOptions) {
    this.#options = options;
  }

  /** Changes name or picture. */
  async changeProfile(change: ProfileChange): Promise<string | null> {
    const { accounts, session, onChanged } = this.#options;
    try {
      const answer = await accounts.changeProfile(await session.token(), change);
      if (!answer.ok) return answer.problem;
      onChanged(answer.value);
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Everything that the server has of the reader, as a file for `save`: it is written while this waits. */
  async copyOfData(save: (file: Blob) => void): Promise<string | null> {
    const { accounts, session } = this.#options;
    try {
      const begun = await accounts.beginExport(await session.token());
      if (!begun.ok) return begun.problem;
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        const found = await accounts.exportState(await session.token(), begun.value);
        if (!found.ok && found.final) return found.problem;
        if (!found.ok || WAITS.has(found.value.state)) continue;
        if (found.value.state !== 'done') return found.value.problem ?? NOT_WRITTEN;
        const file = await accounts.exportFile(await session.token(), begun.value);
        if (!file.ok) return file.problem;
        save(file.value);
        return null;
      }
    } catch (error) {
      return reasonOf(error);
    }
  }

  /**
   * Sets another password. The server ends all logins but the one that comes of it, this page's too: the live
   * connection gets the new token at once.
   */
  async changePassword(current: string, next: string): Promise<string | null> {
    const { accounts, session, client } = this.#options;
    try {
      const answer = await session.replace((token) => accounts.changePassword(token, current, next));
      if (!answer.ok) return answer.problem;
      // Where it comes too late the connection ends, and the page comes back with the new token.
      await client()
        ?.refresh(answer.value.token)
        .catch(() => undefined);
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }
}
