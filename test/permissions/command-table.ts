/**
 * What each slash command comes to for who is in the channel. A command is a message first: whoever may not send one there
 * is told so (`muted`, `not_member`), and so is everybody in a channel that they aren't in.
 */
import type { ThingAsked } from './message-table.ts';
import { allowed, but, everyone, NOBODYS, NOTHING_NAMED, type ScopedCells } from './outcomes.ts';
import type { ThingKind } from './things.ts';

/** A row: the text that is sent, and what comes of it. */
export interface CommandRow extends ScopedCells {
  readonly about: ThingKind;
  readonly text: (thing: ThingAsked) => string;
}

const WRITERS = everyone('ok', { muted: 'muted', banned: 'not_member' });
const MODERATORS = but(WRITERS, { guest: 'forbidden', member: 'forbidden', foreign: 'forbidden' });
const NOBODY = allowed(WRITERS, 'forbidden');
const NOT_IN = everyone('not_member');

/** In a channel that one is in, another, a private one, and none. */
const here = (text: string, own = WRITERS): CommandRow => {
  return { about: 'channel', text: () => text, own, others: NOT_IN, private: NOT_IN, missing: NOT_IN };
};
/** On a person. */
const onPerson = (
  text: (name: string) => string,
  {
    about = 'person',
    own = NOBODY,
    who = MODERATORS,
  }: Partial<Record<'own' | 'who', typeof WRITERS>> & {
    readonly about?: ThingKind;
  } = {},
): CommandRow => {
  return {
    ...{ about, text: ({ name }: ThingAsked) => text(name), own, others: who },
    ...{ private: NOT_IN, missing: allowed(who, 'not_found') },
  };
};

/** By name, without the slash. */
export const COMMAND_TABLE: Readonly<Record<string, CommandRow>> = {
  help: here('/help'),
  me: here('/me waves'),
  shrug: here('/shrug'),
  whisper: onPerson((name) => `/whisper ${name} psst`, { own: WRITERS, who: WRITERS }),
  'topic (to read it)': here('/topic'),
  'topic (to change it)': here('/topic words', MODERATORS),
  slow: here('/slow off', MODERATORS),
  invite: onPerson((name) => `/invite ${name}`, { own: allowed(MODERATORS, 'conflict') }),
  kick: onPerson((name) => `/kick ${name} 1m`),
  mute: onPerson((name) => `/mute ${name} 1m`),
  unmute: onPerson((name) => `/unmute ${name}`, { about: 'person muted here' }),
  ban: onPerson((name) => `/ban ${name} 1m`),
  unban: onPerson((name) => `/unban ${name}`, { about: 'person banned here' }),
  shadowban: onPerson((name) => `/shadowban ${name} 1m`),
  unshadowban: onPerson((name) => `/unshadowban ${name}`, { about: 'person shadow-banned here' }),
  clear: onPerson((name) => `/clear ${name} 1m`),
  '(unknown)': {
    ...here('/nothing'),
    own: allowed(WRITERS, 'bad_request'),
    others: NOBODYS,
    missing: NOTHING_NAMED,
  },
};
