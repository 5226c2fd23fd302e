/** What a webhook may be told of: a name that means nothing would be a hook that is never told. */
import type { DurableEvents } from '../../protocol/events.ts';

/** Durable events of channels; a new one that isn't here doesn't compile. */
const OF_CHANNELS = {
  'message:created': true,
  'message:updated': true,
  'message:deleted': true,
  'member:kicked': true,
  'member:muted': true,
  'member:unmuted': true,
  'member:banned': true,
  'member:unbanned': true,
  'member:shadowbanned': true,
  'member:unshadowbanned': true,
  'member:added': true,
  'member:left': true,
  'member:role': true,
  'channel:updated': true,
  'reaction:added': true,
  'reaction:removed': true,
  'message:pinned': true,
  'message:unpinned': true,
} as const satisfies Record<keyof DurableEvents, true>;

/** All but acts of the audit log, which are told as `act:<action>`. */
const NAMES: readonly string[] = [...Object.keys(OF_CHANNELS), 'report:created'];
const ACT = 'act:';

/** The first of `events` (types, or their beginnings with `*` behind) that names nothing; undefined: all are known. */
export function unknownEvent(events: readonly string[]): string | undefined {
  return events.find((event) => !(event.endsWith('*') ? isBeginning(event.slice(0, -1)) : isKnown(event)));
}

function isKnown(name: string): boolean {
  return NAMES.includes(name) || (name.startsWith(ACT) && name.length > ACT.length);
}

function isBeginning(text: string): boolean {
  return text.startsWith(ACT) || [...NAMES, ACT].some((name) => name.startsWith(text));
}
