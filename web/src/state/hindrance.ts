/** Why one can't write in a channel now, as far as the page knows without asking. */
import type { ChannelSettings } from '../../../src/protocol/channel-settings.ts';
import { fieldsOf } from './server-requests.ts';

/** Times are ms since the epoch; `until` null: without end. */
export type Hindrance =
  | { readonly kind: 'muted'; readonly until: number | null; readonly everywhere: boolean }
  | { readonly kind: 'slow'; readonly until: number }
  | { readonly kind: 'archived' }
  | { readonly kind: 'announcement' };

/** What of a channel decides whether one may write. */
export interface Restrictions {
  readonly settings: ChannelSettings;
  /** Whether one is muted here; null: not. */
  readonly muted: { readonly until: number | null } | null;
  /** In slow mode: when one may write again. */
  readonly slowUntil: number;
}

/** A channel of which nobody has said anything. */
export const UNRESTRICTED: Restrictions = {
  settings: {
    announcement: false,
    archived: false,
    slowModeSeconds: 0,
    newcomerSeconds: 0,
    uniqueMessages: false,
    emoteOnly: false,
    holdFirst: false,
    closed: false,
    retentionDays: null,
    retentionMessages: null,
  },
  muted: null,
  slowUntil: 0,
};

/** What is known of oneself that decides whether one may write. */
export interface Writer {
  /** Whether one looks after the channel. */
  readonly staff: boolean;
  /** Muted everywhere until then, ms since the epoch; null: without end; undefined: not. */
  readonly mutedUntil: number | null | undefined;
}

/** Null: one may write there. */
export function hindranceOf(
  { settings, muted, slowUntil }: Restrictions,
  { staff, mutedUntil }: Writer,
  now: number,
): Hindrance | null {
  if (settings.archived) return { kind: 'archived' };
  const everywhere = mutedEverywhere(mutedUntil, now);
  if (everywhere !== null) return everywhere;
  if (muted !== null && isMuted(muted.until, now))
    return { kind: 'muted', until: muted.until, everywhere: false };
  if (staff) return null;
  if (settings.announcement) return { kind: 'announcement' };
  return slowUntil > now ? { kind: 'slow', until: slowUntil } : null;
}

/** What hinders one from writing to anybody; null: nothing. */
export function mutedEverywhere(until: number | null | undefined, now: number): Hindrance | null {
  return until !== undefined && isMuted(until, now) ? { kind: 'muted', until, everywhere: true } : null;
}

function isMuted(until: number | null, now: number): boolean {
  return until === null || until > now;
}

/** What a refused message has shown; `code` and `retryAfterMs` are the refusal's, `now` in ms since the epoch. */
export function refusedWith(
  code: string,
  retryAfterMs: number | undefined,
  now: number,
): Partial<Restrictions> {
  const until = retryAfterMs === undefined ? null : now + retryAfterMs;
  if (code === 'muted') return { muted: { until } };
  return code === 'slow_mode' && until !== null ? { slowUntil: until } : {};
}

/** `settings` with what an event or an answer says of them. */
export function withSettings(settings: ChannelSettings, told: unknown): ChannelSettings {
  const fields = fieldsOf(told);
  const kept = Object.entries(settings).map(([name, value]) => {
    const now = fields[name];
    return [name, typeof now === typeof value ? now : value] as const;
  });
  return Object.fromEntries(kept) as unknown as ChannelSettings;
}
