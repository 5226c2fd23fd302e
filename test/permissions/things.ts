/** What requests of the permission matrix are about. */

/** What is named, and so what it takes to make one. */
export type ThingKind =
  | 'channel'
  /** One that nobody needs any more: it can be deleted. */
  | 'channel of its own'
  | 'message'
  | 'person'
  | 'person muted here'
  | 'person banned here'
  | 'person shadow-banned here'
  | 'person muted everywhere'
  | 'person banned everywhere'
  | 'held message'
  | 'report'
  | 'sent whisper'
  | 'received whisper'
  | 'token'
  | 'ban'
  | 'mute'
  | 'rule'
  | 'note'
  | 'limit'
  | 'act'
  | 'key'
  | 'webhook'
  | 'export';

/** A thing that a request names. */
export interface Thing {
  readonly id: string;
  readonly name: string;
}
