import { describe, expect, it } from 'vitest';
import { soakOptions } from '../../bench/soak/soak-options.ts';

const options = (...args: string[]) => soakOptions(args, () => 7);

describe('the command line of npm run soak', () => {
  it('[SOAK-8] runs twenty minutes on a server of its own when nothing is said', () => {
    expect(options()).toMatchObject({ minutes: 20, clients: 200, rate: 100, seed: 7, target: null });
    expect(options()).toMatchObject({ svg: expect.stringMatching(/hubbub-soak-7\.svg$/) });
  });

  it('[SOAK-8] takes length, load, seed, file and server', () => {
    const told = ['--minutes', '0.5', '--clients', '10', '--rate', '3', '--seed', '1', '--svg', 'a.svg'];
    expect(options(...told, '--url', 'ws://localhost:99/ws', '--token', 't')).toEqual({
      ...{ minutes: 0.5, clients: 10, rate: 3, seed: 1, svg: 'a.svg' },
      target: { port: 99, token: 't' },
    });
  });

  it.each([
    [['--minutes', '0'], '--minutes'],
    [['--minutes', 'x'], '--minutes'],
    [['--clients', '1'], '--clients'],
    [['--clients', '2.5'], '--clients'],
    [['--rate', '-1'], '--rate'],
    [['--seed', 'x'], '--seed'],
    [['--token', 'x'], '--token'],
    [['--url', 'nonsense'], '--url'],
    [['--url', 'https://chat.example.org'], '--url'],
    [['--what'], '--what'],
    [['left over'], 'left over'],
  ])('[SOAK-8] says what is wrong with %j', (args, named) => {
    expect(options(...args)).toContain(named);
  });
});
