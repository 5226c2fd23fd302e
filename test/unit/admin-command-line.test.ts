import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../src/admin-cli/parse-command.ts';
import { readPassword } from '../../src/admin-cli/read-password.ts';
import { USAGE } from '../../src/admin-cli/usage.ts';

const words = (line: string) => (line === '' ? [] : line.split(' '));

describe('the command line of npm run admin', () => {
  it.each([
    ['help', { do: 'help' }],
    ['--help', { do: 'help' }],
    ['create -h', { do: 'help' }],
    ['create ada', { do: 'create', name: 'ada', role: 'user', passwordFromStdin: false }],
    [
      'create ada --role admin --email ada@chat.test --password-stdin',
      { do: 'create', name: 'ada', role: 'admin', email: 'ada@chat.test', passwordFromStdin: true },
    ],
    ['reset-password ada', { do: 'reset-password', who: 'ada', passwordFromStdin: false }],
    ['promote ada moderator', { do: 'promote', who: 'ada', role: 'moderator' }],
    ['token ada', { do: 'token', who: 'ada', seconds: 3_600 }],
    ['token ada --hours 720', { do: 'token', who: 'ada', seconds: 2_592_000 }],
    ['revoke ada', { do: 'revoke-user', who: 'ada' }],
    ['revoke ada --since 1700000000123', { do: 'revoke-user', who: 'ada', since: 1_700_000_000_123 }],
    ['revoke ada --since 2023-11-14T22:13:20Z', { do: 'revoke-user', who: 'ada', since: 1_700_000_000_000 }],
    [
      'revoke ada --since=2023-11-14T23:13:20.500+01:00',
      { do: 'revoke-user', who: 'ada', since: 1_700_000_000_500 },
    ],
    ['revoke --token session:x', { do: 'revoke-token', tokenId: 'session:x' }],
    ['rotate-keys', { do: 'rotate-keys' }],
  ])('[OPS-48] reads %j', (line, command) => {
    expect(parseCommand(words(line))).toEqual({ ok: true, command });
  });

  it('[OPS-48] takes names with spaces as one word', () => {
    expect(parseCommand(['promote', 'Ada L', 'user'])).toMatchObject({ command: { who: 'Ada L' } });
  });

  it.each([
    '',
    'destroy',
    'toString',
    'create',
    'create ada bob',
    'create ada --role king',
    'create ada --password hunter22',
    'create ada --hours 2',
    'create --email',
    'reset-password',
    'promote ada',
    'promote ada king',
    'promote ada admin now',
    'token ada --hours 0',
    'token ada --hours 721',
    'token ada --hours 1.5',
    'token ada --hours',
    'revoke',
    'revoke ada --since yesterday',
    // Whose midnight?
    'revoke ada --since 2023-11-14',
    'revoke ada --since 2023-11-14T22:13:20',
    'revoke ada --since 2023-13-14T22:13:20Z',
    'revoke ada --token x',
    'revoke --token x --since 5',
    'revoke --token=',
    'rotate-keys now',
    'rotate-keys --force',
    '--verbose',
  ])('[OPS-48] refuses %j with one sentence', (line) => {
    const parsed = parseCommand(words(line));
    if (parsed.ok) throw new Error(JSON.stringify(parsed.command));
    expect(parsed.problem).toMatch(/^[^\n]+[^.\n]$/);
    expect(parsed.problem).not.toContain('hunter22');
  });

  it('[OPS-48] is told in whole by the usage', () => {
    for (const name of ['create', 'reset-password', 'promote', 'token', 'revoke', 'rotate-keys', 'help']) {
      expect(USAGE).toMatch(new RegExp(`^  ${name}( |$)`, 'm'));
    }
    for (const option of ['email', 'role', 'hours', 'since', 'token', 'password-stdin']) {
      expect(USAGE).toContain(`--${option}`);
    }
    for (const line of USAGE.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });
});

describe('a password from standard input', () => {
  const read = (...chunks: (string | Uint8Array)[]) =>
    readPassword(
      (async function* () {
        yield* chunks;
      })(),
    );

  it('[OPS-44] is all that comes, without the line break at its end', async () => {
    const bytes = Buffer.from('Zürich 😀');
    for (const [chunks, password] of [
      [['correct ', 'horse\n'], 'correct horse'],
      [['correct horse\r\n'], 'correct horse'],
      [[' correct horse '], ' correct horse '],
      [[bytes.subarray(0, 2), bytes.subarray(2)], 'Zürich 😀'],
      [[], ''],
    ] as const) {
      expect(await read(...chunks)).toEqual({ ok: true, value: password });
    }
  });

  it('[OPS-44] is one line, and not endless', async () => {
    expect(await read('one\ntwo\n')).toMatchObject({ failure: { code: 'bad_request' } });
    expect(await read('x'.repeat(4_000), 'x'.repeat(4_000))).toMatchObject({
      failure: { code: 'bad_request' },
    });
  });
});
