/** Whom one doesn't want to hear of, and who may whisper to one. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { UserRef } from '../../../src/protocol/entities.ts';
import type { WhisperPolicy } from '../../../src/protocol/whispers.ts';
import { problemOf, reasonOf } from './reason.ts';

/** What the settings show. */
export interface PrivacySettings {
  readonly blocked: readonly UserRef[];
  readonly policy: WhisperPolicy;
}

const SIGNED_OUT = 'You are signed out.';

/** See the head of the file. Nothing here rejects; actions resolve with what went wrong, in words, or null. */
export class WhisperPrivacy {
  /** Null while signed out. */
  readonly #client: () => ChatClient | null;

  constructor(client: () => ChatClient | null) {
    this.#client = client;
  }

  /** Learns whom one blocks, once; the client follows it from then on. */
  follow(): void {
    const chat = this.#client();
    // Without an answer the next connection brings another chance.
    if (chat?.inbox.blocked === null) chat.inbox.blocks().catch(() => undefined);
  }

  /** What holds now; a string says in words why that isn't known. */
  async load(): Promise<PrivacySettings | string> {
    const chat = this.#client();
    if (chat === null) return SIGNED_OUT;
    try {
      const [blocked, policy] = await Promise.all([chat.inbox.blocks(), chat.inbox.policy()]);
      return { blocked, policy };
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** From now on their whispers aren't taken, without their knowing, and their messages aren't shown. */
  async block({ id }: UserRef): Promise<string | null> {
    return this.#attempt((chat) => chat.inbox.block({ id }));
  }

  async unblock({ id }: UserRef): Promise<string | null> {
    return this.#attempt((chat) => chat.inbox.unblock({ id }));
  }

  /** Says who may whisper to one. */
  async choose(policy: WhisperPolicy): Promise<string | null> {
    return this.#attempt((chat) => chat.inbox.policy(policy));
  }

  async #attempt(act: (chat: ChatClient) => Promise<unknown>): Promise<string | null> {
    const chat = this.#client();
    return chat === null ? SIGNED_OUT : problemOf(() => act(chat));
  }
}
