/** docs/permissions.md: the tables as text for people. */
import { format } from 'prettier';
import { COMMAND_TABLE } from './command-table.ts';
import { MESSAGE_TABLE } from './message-table.ts';
import {
  type ActorName,
  ACTORS,
  type Cells,
  isApplicable,
  SCOPE_NAMES,
  type ScopedCells,
  SCOPES,
  type ScopeName,
} from './outcomes.ts';
import { ROUTE_TABLE } from './route-table.ts';

type Table = Readonly<Record<string, ScopedCells>>;

const COLUMNS: Readonly<Record<ActorName, string>> = {
  guest: 'guest',
  member: 'member',
  muted: 'muted',
  banned: 'banned',
  moderator: 'moderator',
  owner: 'owner',
  staff: 'staff',
  administrator: 'admin',
  revoked: 'revoked',
  foreign: 'other issuer',
};
const NAMES = Object.keys(COLUMNS) as readonly ActorName[];
const SCOPE_TITLES: Readonly<Record<ScopeName, string>> = {
  own: 'own',
  others: 'other’s',
  private: 'private',
  missing: 'missing',
};

/** The whole text, as Prettier writes it. */
export async function permissionsDocument(): Promise<string> {
  const text = [
    '# Who may do what',
    'Written by `npm run permissions` from test/permissions, whose tables a test holds against a running server. ' +
      'Change them, not this page.',
    'Who asks, in a public channel:',
    list(NAMES.map((name) => [COLUMNS[name], ACTORS[name]])),
    'About what:',
    list(SCOPE_NAMES.map((name) => [SCOPE_TITLES[name], SCOPES[name]])),
    'Cells hold `ok`, an error code of the protocol, or the status of an HTTP answer. Channels are created by ' +
      'moderators everywhere here (`CHANNEL_CREATION=moderators`). A private channel and one that isn’t there get ' +
      'those who may not know of it the same answer, to the letter.',
    '## Requests over WebSocket',
    tableOf(MESSAGE_TABLE, (name) => `\`${name}\``),
    absent(MESSAGE_TABLE),
    '## Slash commands',
    'A command is a message first, so `muted` and `not_member` come before everything else.',
    tableOf(COMMAND_TABLE, (name) => (name.startsWith('(') ? name : `\`/${name}\``)),
    absent(COMMAND_TABLE),
    '## HTTP',
    '`open`: nobody is asked who they are.',
    tableOf(ROUTE_TABLE, (name) => `\`${name}\``),
    absent(ROUTE_TABLE),
  ].join('\n\n');
  return format(text, { parser: 'markdown', printWidth: 110 });
}

function list(items: readonly (readonly [string, string])[]): string {
  return items.map(([name, text]) => `- **${name}**: ${text}`).join('\n');
}

function tableOf(table: Table, title: (name: string) => string): string {
  const head = ['', 'about', ...NAMES.map((name) => COLUMNS[name])];
  const rows = Object.entries(table).flatMap(([name, row]) =>
    grouped(row).map(([scopes, cells], index) => [
      index === 0 ? title(name) : '',
      scopes.map((scope) => SCOPE_TITLES[scope]).join(', '),
      ...NAMES.map((actor) => (isApplicable(cells) ? cells[actor] : '')),
    ]),
  );
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Which scopes can't be, and why. */
function absent(table: Table): string {
  const reasons = new Map<string, string[]>();
  for (const [name, row] of Object.entries(table)) {
    for (const scope of SCOPE_NAMES) {
      const cells = row[scope];
      if (isApplicable(cells)) continue;
      const reason = `${SCOPE_TITLES[scope]}: ${cells.because}`;
      reasons.set(reason, [...(reasons.get(reason) ?? []), `\`${name}\``]);
    }
  }
  const lines = [...reasons].map(([reason, names]) => `- ${reason} (${names.join(', ')})`);
  return `Without a line, because there is no such case:\n\n${lines.join('\n')}`;
}

/** Scopes that are alike stand in one line; those that can't be in none. */
function grouped(row: ScopedCells): readonly (readonly [readonly ScopeName[], Cells])[] {
  const lines = new Map<string, { readonly scopes: ScopeName[]; readonly cells: Cells }>();
  for (const scope of SCOPE_NAMES) {
    const cells = row[scope];
    if (!isApplicable(cells)) continue;
    const key = JSON.stringify(cells);
    const line = lines.get(key) ?? { scopes: [], cells };
    line.scopes.push(scope);
    lines.set(key, line);
  }
  return [...lines.values()].map(({ scopes, cells }) => [scopes, cells]);
}
