/** Who looks after a channel, and who is given that. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { ChannelMember, ChannelRole } from '../../../src/protocol/entities.ts';
import { isStaff } from '../../../src/protocol/permissions.ts';
import type { PageState } from './page-state.ts';
import { personOf } from './person-of.ts';
import { problemOf, reasonOf } from './reason.ts';
import { fieldsOf } from './server-requests.ts';

/** Roles with what they are called, as lists offer them. */
export const ROLE_CHOICES = [
  ['member', 'No role'],
  ['moderator', 'Moderator'],
  ['owner', 'Owner'],
] as const satisfies readonly (readonly [ChannelRole, string])[];

const SIGNED_OUT = 'You are signed out.';

/** Nothing here rejects; what can fail resolves with why, in words. */
export class ChannelRoles {
  /** Null while signed out. */
  readonly #client: () => ChatClient | null;

  constructor(client: () => ChatClient | null) {
    this.#client = client;
  }

  /** Owners and moderators of a channel that one is in. */
  async list(channelId: string): Promise<readonly ChannelMember[] | string> {
    const chat = this.#client();
    if (chat === null) return SIGNED_OUT;
    try {
      return readRoles(await chat.request('channel:roles', { channelId, data: {} }));
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Gives somebody another role; null: done. */
  async give(
    channelId: string,
    user: { readonly id: string } | { readonly name: string },
    role: ChannelRole,
  ): Promise<string | null> {
    const chat = this.#client();
    if (chat === null) return SIGNED_OUT;
    return problemOf(() => chat.request('channel:role', { channelId, data: { user, role } }));
  }
}

/** Whether the reader gives roles in a channel. */
export function mayGiveRoles(state: PageState, channelId: string): boolean {
  if (state.screen !== 'chat' || state.user === null) return false;
  return isStaff(state.user) || state.channels[channelId]?.role === 'owner';
}

/** A role that an answer or an event tells; null: none that this page knows. */
export function roleOf(value: unknown): ChannelRole | null {
  return value === 'owner' || value === 'moderator' || value === 'member' ? value : null;
}

/** Reads the answer to `channel:roles`. */
export function readRoles(answer: unknown): readonly ChannelMember[] {
  const { items } = fieldsOf(answer);
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    const { user, role } = fieldsOf(item);
    const [person, known] = [personOf(user), roleOf(role)];
    return person === null || known === null ? [] : [{ user: person, role: known }];
  });
}

/** Those who have a role `now`, and behind them those who had one `before`: what was taken can be given back. */
export function withFormer(
  before: readonly ChannelMember[],
  now: readonly ChannelMember[],
): readonly ChannelMember[] {
  const ids = new Set(now.map(({ user }) => user.id));
  const former = before.filter(({ user }) => !ids.has(user.id));
  return [...now, ...former.map(({ user }) => ({ user, role: 'member' as const }))];
}
