/** What moderators do: about people, about what those wrote, and about channels. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { UserRef } from '../../../src/protocol/entities.ts';
import { problemOf } from './reason.ts';

/** What of a channel can be set; what is left out stays. */
export interface ChannelChange {
  readonly name?: string;
  readonly topic?: string;
  readonly description?: string;
  /** 0: none. */
  readonly slowModeSeconds?: number;
  readonly announcement?: boolean;
  readonly archived?: boolean;
  readonly private?: boolean;
  /** So long after they came, people read only; 0: not at all. */
  readonly newcomerSeconds?: number;
  readonly uniqueMessages?: boolean;
  readonly emoteOnly?: boolean;
  readonly holdFirst?: boolean;
  /** Nobody comes in who doesn't belong here. */
  readonly closed?: boolean;
}

/** A sanction. `seconds` null: without end. */
export interface Sanction {
  readonly user: UserRef;
  readonly seconds: number | null;
  readonly reason: string;
}

/** What is done to whoever is muted by one key, seconds. */
export const TIME_OUT_SECONDS = 600;
/** What is deleted of somebody by one key, seconds. */
export const PURGE_SECONDS = 60;

const SIGNED_OUT = 'You are signed out.';

/** See the head of the file. Nothing here rejects; all resolves with why it failed, in words, or null. */
export class Moderation {
  /** Null while signed out. */
  readonly #client: () => ChatClient | null;

  constructor(client: () => ChatClient | null) {
    this.#client = client;
  }

  /** `channelId` null: everywhere. */
  async mute(channelId: string | null, sanction: Sanction): Promise<string | null> {
    const type = channelId === null ? 'user:mute' : 'channel:mute';
    return this.#ask(type, channelId, sanctionData(sanction));
  }

  async unmute(channelId: string | null, { id }: UserRef): Promise<string | null> {
    return this.#ask(channelId === null ? 'user:unmute' : 'channel:unmute', channelId, { user: { id } });
  }

  async kick(channelId: string, sanction: Sanction): Promise<string | null> {
    return this.#ask('channel:kick', channelId, sanctionData(sanction));
  }

  /** `channelId` null: from everywhere. `deleteSeconds`: what they wrote in that time goes too; 0: nothing. */
  async ban(channelId: string | null, sanction: Sanction, deleteSeconds: number): Promise<string | null> {
    const data = { ...sanctionData(sanction), ...(deleteSeconds > 0 ? { deleteSeconds } : {}) };
    return this.#ask('user:ban', channelId, data);
  }

  async unban(channelId: string | null, { id }: UserRef): Promise<string | null> {
    return this.#ask('user:unban', channelId, { user: { id } });
  }

  /** What they send is hidden from others, and they aren't told. */
  async shadowBan(channelId: string, sanction: Sanction): Promise<string | null> {
    return this.#ask('user:shadowban', channelId, sanctionData(sanction));
  }

  async liftShadowBan(channelId: string, { id }: UserRef): Promise<string | null> {
    return this.#ask('user:unshadowban', channelId, { user: { id } });
  }

  /** Deletes what somebody wrote in a channel in the last so many seconds. */
  async purge(channelId: string, { id }: UserRef, seconds: number): Promise<string | null> {
    return this.#ask('message:purge', channelId, { user: { id }, seconds });
  }

  /** Changes what a channel is. */
  async update(channelId: string, change: ChannelChange): Promise<string | null> {
    return this.#ask('channel:update', channelId, change);
  }

  /** Deletes the channel for everyone; with `purge` all that was written in it, for good. */
  async deleteChannel(channelId: string, purge: boolean): Promise<string | null> {
    return this.#ask('channel:delete', channelId, { purge });
  }

  /** Lets somebody into a private channel. */
  async invite(channelId: string, name: string): Promise<string | null> {
    return this.#ask('channel:invite', channelId, { user: { name } });
  }

  async #ask(type: string, channelId: string | null, data: object): Promise<string | null> {
    const chat = this.#client();
    if (chat === null) return SIGNED_OUT;
    return problemOf(() => chat.request(type, channelId === null ? { data } : { channelId, data }));
  }
}

function sanctionData({ user, seconds, reason }: Sanction): object {
  return {
    user: { id: user.id },
    ...(seconds === null ? {} : { seconds }),
    ...(reason === '' ? {} : { reason }),
  };
}
