/** Reactions to a message: emoji, each with who has given it. */
import { fieldsOf } from './server-requests.ts';

/** One emoji below a message. `users`: ids, at least one. */
export interface Reaction {
  readonly emoji: string;
  readonly users: readonly string[];
}

/** The reactions that an event's data lists; those that it doesn't tell rightly are left out. */
export function readReactions(value: unknown): readonly Reaction[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) => {
    const { emoji, users } = fieldsOf(one);
    if (typeof emoji !== 'string' || !Array.isArray(users)) return [];
    const ids = users.filter((user): user is string => typeof user === 'string');
    return ids.length === 0 ? [] : [{ emoji, users: ids }];
  });
}

/** `reactions` after a user has given an emoji, or taken it back. The same ones where that is nothing new. */
export function withReaction(
  reactions: readonly Reaction[],
  emoji: string,
  userId: string,
  given: boolean,
): readonly Reaction[] {
  const users = reactions.find((one) => one.emoji === emoji)?.users ?? [];
  if (users.includes(userId) === given) return reactions;
  if (given && users.length === 0) return [...reactions, { emoji, users: [userId] }];
  return reactions
    .map((one) => {
      if (one.emoji !== emoji) return one;
      return { emoji, users: given ? [...users, userId] : users.filter((id) => id !== userId) };
    })
    .filter((one) => one.users.length > 0);
}
