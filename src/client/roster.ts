/** Who is present in a channel, as far as the server tells. */
import type { UserRef } from '../protocol/entities.ts';
import type { PresenceChange } from './client-events.ts';

/** The people of the last list (at most 100), and who came since; `count` is exact. */
export interface Roster {
  readonly members: readonly UserRef[];
  readonly count: number;
}

/** The roster after `change`. Said twice, it is as if said once. */
export function afterPresence({ members, count }: Roster, change: PresenceChange): Roster {
  switch (change.kind) {
    case 'list':
      return { members: change.members, count: change.count };
    case 'count':
      return { members, count: change.count };
    case 'update':
      return { members: members.map((one) => (one.id === change.user.id ? change.user : one)), count };
    case 'join': {
      if (members.some((one) => one.id === change.user.id)) return { members, count };
      return { members: [...members, change.user], count: count + 1 };
    }
    case 'leave': {
      const others = members.filter((one) => one.id !== change.user.id);
      // Somebody beyond the hundred that are listed may be the one who left.
      const wasCounted = others.length < members.length || count > members.length;
      return { members: others, count: count - (wasCounted ? 1 : 0) };
    }
  }
}
