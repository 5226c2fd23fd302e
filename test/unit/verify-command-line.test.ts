import { describe, expect, it } from 'vitest';
import { parseCommand, USAGE } from '../verify/parse-command.ts';

const SEED = 42;
const parse = (...args: string[]) => parseCommand(args, SEED);
const defaults = { channels: 4, senders: 6, listeners: 3, seconds: 10, seed: SEED };

describe('the words behind npm run verify', () => {
  it('[VERIFY-10] none of them: a server of its own, and the numbers that the usage tells', () => {
    expect(parse()).toEqual({ kind: 'drive', url: null, token: undefined, ...defaults });
    for (const [name, value] of Object.entries(defaults)) {
      if (name !== 'seed') expect(USAGE).toMatch(new RegExp(`--${name} N .*\\(${value}\\)`));
    }
  });

  it('[VERIFY-10] a foreign server, a token and numbers', () => {
    const url = 'wss://chat.example.org/ws';
    const numbers = { channels: 1, senders: 2, listeners: 5, seconds: 60, seed: 0 };
    const words = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
    expect(parse('--url', url, '--token', 't', ...words)).toEqual({
      kind: 'drive',
      url,
      token: 't',
      ...numbers,
    });
  });

  it('[VERIFY-10] a recorded history, and help', () => {
    expect(parse('--check', 'a.ndjson')).toEqual({ kind: 'check', file: 'a.ndjson' });
    expect(parse('--help')).toEqual({ kind: 'help' });
  });

  it('[VERIFY-11] what makes no sense is told, with the option’s name', () => {
    for (const [name, args] of [
      ['--url', ['--url', 'nowhere']],
      ['--url', ['--url', 'ftp://host/ws']],
      ['--token', ['--token', 't']],
      ['--seconds', ['--seconds', '0']],
      ['--seconds', ['--seconds', '1.5']],
      ['--seed', ['--seed', '4294967296']],
      ['--senders', ['--senders', 'many']],
      ['--channels', ['--channels', '']],
      ['--check', ['--check', 'a', '--seed', '1']],
      ['--rounds', ['--rounds', '3']],
      ['word', ['word']],
    ] as const) {
      const command = parse(...args);
      expect(command.kind === 'wrong' && command.problem, args.join(' ')).toContain(name);
    }
  });
});
