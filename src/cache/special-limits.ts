/** Which limit holds for a user's message where not everybody's does (docs/SPEC.md, LIMIT rules). */
import type { Principal, Role } from '../protocol/entities.ts';
import { isStaff } from '../protocol/permissions.ts';
import type { SpecialRateLimits } from './ports.ts';
import { paceOf, type RateClass, type SpecialLimit } from './rate-limiter.ts';

/** Of several roles the first one here that has a limit counts. */
const BY_RANK: readonly Role[] = ['admin', 'moderator', 'user', 'guest'];

/** Those of roles and channels, as a gateway looks them up for each message. */
export class SpecialLimits {
  /** Whether nothing is special: {@link SpecialLimits.of} needn't be asked. */
  isEmpty = true;
  #byRole: ReadonlyMap<Role, SpecialLimit> = new Map();
  #byChannel: ReadonlyMap<string, SpecialLimit> = new Map();

  /** These hold from now on. */
  set({ roles, channels }: SpecialRateLimits): void {
    this.isEmpty = roles.length === 0 && channels.length === 0;
    this.#byRole = new Map(roles.map((limit) => [limit.role, { pace: paceOf(limit), channelId: null }]));
    this.#byChannel = new Map(
      channels.map((limit) => [limit.channelId, { pace: paceOf(limit), channelId: limit.channelId }]),
    );
  }

  /** What holds for a request of `user`, `channelId` being the channel that it names; undefined: its class's limit. */
  of(
    user: Pick<Principal, 'roles'>,
    rateClass: RateClass,
    channelId: string | undefined,
  ): SpecialLimit | undefined {
    if (rateClass !== 'message' && rateClass !== 'whisper') return undefined;
    if (rateClass === 'message' && channelId !== undefined && !isStaff(user)) {
      const ofChannel = this.#byChannel.get(channelId);
      if (ofChannel !== undefined) return ofChannel;
    }
    for (const role of BY_RANK) {
      const ofRole = user.roles.includes(role) ? this.#byRole.get(role) : undefined;
      if (ofRole !== undefined) return ofRole;
    }
    return undefined;
  }
}
