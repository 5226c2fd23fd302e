/** Reads the command line of `npm run admin`. */
import { parseArgs } from 'node:util';
import { LONGEST_ACCESS_TOKEN_SECONDS } from '../auth/account-issuer.ts';

/** A role that people can be given. */
export type GivenRole = 'user' | 'moderator' | 'admin';

/** What is to be done. `who` is a name or an id; times are ms since the epoch. */
export type AdminCommand =
  | { readonly do: 'help' }
  | {
      readonly do: 'create';
      readonly name: string;
      readonly email?: string;
      readonly role: GivenRole;
      readonly passwordFromStdin: boolean;
    }
  | { readonly do: 'reset-password'; readonly who: string; readonly passwordFromStdin: boolean }
  | { readonly do: 'promote'; readonly who: string; readonly role: GivenRole }
  | { readonly do: 'token'; readonly who: string; readonly seconds: number }
  | { readonly do: 'revoke-user'; readonly who: string; readonly since?: number }
  | { readonly do: 'revoke-token'; readonly tokenId: string }
  | { readonly do: 'rotate-keys' };

/** The command, or what is wrong with the line, as a sentence. */
export type ParsedCommand =
  { readonly ok: true; readonly command: AdminCommand } | { readonly ok: false; readonly problem: string };

const OPTIONS = {
  email: { type: 'string' },
  role: { type: 'string' },
  hours: { type: 'string' },
  since: { type: 'string' },
  token: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
type Options = { readonly [Name in keyof typeof OPTIONS]?: string | boolean };

/** Which options each command takes, and what it is given otherwise. */
const COMMANDS: Readonly<
  Record<string, { readonly takes: readonly (keyof Options)[]; readonly words: string }>
> = {
  help: { takes: [], words: '' },
  create: { takes: ['email', 'role', 'password-stdin'], words: 'name' },
  'reset-password': { takes: ['password-stdin'], words: 'name' },
  promote: { takes: [], words: 'name role' },
  token: { takes: ['hours'], words: 'name' },
  revoke: { takes: ['since', 'token'], words: 'name' },
  'rotate-keys': { takes: [], words: '' },
};

const ROLES: readonly string[] = ['user', 'moderator', 'admin'] satisfies GivenRole[];
const HOUR_SECONDS = 3600;
const MOST_HOURS = LONGEST_ACCESS_TOKEN_SECONDS / HOUR_SECONDS;
/** A date and a time with its zone (RFC 3339), so that nobody has to guess one. */
const DATE_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/i;

/** Reads the words behind `npm run admin --`. */
export function parseCommand(args: readonly string[]): ParsedCommand {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (error) {
    // Its first sentence says which option; what follows is advice for positional arguments.
    return wrong(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error));
  }
  const [name, ...words] = parsed.positionals;
  if (parsed.values.help === true) return { ok: true, command: { do: 'help' } };
  if (name === undefined) return wrong('No command was given');
  const known = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (known === undefined) return wrong(`There is no command ${JSON.stringify(name)}`);
  const options: Options = parsed.values;
  const foreign = (Object.keys(options) as (keyof Options)[]).find((option) => !known.takes.includes(option));
  if (foreign !== undefined) return wrong(`${name} takes no --${foreign}`);
  const byToken = name === 'revoke' && options.token !== undefined;
  const wanted = known.words === '' || byToken ? [] : known.words.split(' ');
  if (words.length !== wanted.length || words.includes('')) {
    return wrong(
      wanted.length === 0 ? `${name} takes nothing else` : `${name} takes a ${wanted.join(' and a ')}`,
    );
  }
  const [first = '', second = ''] = words;
  return build(name, first, second, options);
}

function build(name: string, first: string, second: string, options: Options): ParsedCommand {
  const passwordFromStdin = options['password-stdin'] === true;
  switch (name) {
    case 'create':
      return create(first, options, passwordFromStdin);
    case 'reset-password':
      return done({ do: name, who: first, passwordFromStdin });
    case 'promote':
      return isRole(second) ? done({ do: name, who: first, role: second }) : noRole(second);
    case 'token':
      return token(first, options.hours);
    case 'revoke':
      return revoke(first, options);
    case 'rotate-keys':
      return done({ do: name });
    default:
      return done({ do: 'help' });
  }
}

function create(name: string, { email, role = 'user' }: Options, passwordFromStdin: boolean): ParsedCommand {
  if (!isRole(role)) return noRole(String(role));
  const address = typeof email === 'string' ? { email } : {};
  return done({ do: 'create', name, role, passwordFromStdin, ...address });
}

function token(who: string, hours: string | boolean = '1'): ParsedCommand {
  const count = typeof hours === 'string' && /^\d{1,4}$/.test(hours) ? Number(hours) : NaN;
  return count >= 1 && count <= MOST_HOURS
    ? done({ do: 'token', who, seconds: count * HOUR_SECONDS })
    : wrong(`--hours takes a whole number from 1 to ${MOST_HOURS}`);
}

function revoke(who: string, { token: tokenId, since }: Options): ParsedCommand {
  if (typeof tokenId === 'string') {
    if (since !== undefined) return wrong('revoke takes either --token or --since');
    return tokenId === '' ? wrong('--token takes an id') : done({ do: 'revoke-token', tokenId });
  }
  if (typeof since !== 'string') return done({ do: 'revoke-user', who });
  const time = timeOf(since);
  return Number.isNaN(time)
    ? wrong('--since takes a time like 2026-01-31T18:00:00Z, or milliseconds since the epoch')
    : done({ do: 'revoke-user', who, since: time });
}

function timeOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  return DATE_TIME.test(text) ? Date.parse(text.replace(' ', 'T')) : NaN;
}

function isRole(text: unknown): text is GivenRole {
  return typeof text === 'string' && ROLES.includes(text);
}

function noRole(text: string): ParsedCommand {
  return wrong(`${JSON.stringify(text)} is no role: user, moderator or admin`);
}

function done(command: AdminCommand): ParsedCommand {
  return { ok: true, command };
}

function wrong(problem: string): ParsedCommand {
  return { ok: false, problem };
}
