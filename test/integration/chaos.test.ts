/** `npm run chaos`: the command, what it makes of faults, and those that are quick and measure no time. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../src/storage/embedded/run-command.ts';
import { chaos, held } from '../chaos/chaos.ts';
import type { Check, Fault } from '../chaos/fault.ts';
import { ALL_FAULTS } from '../chaos/faults/all-faults.ts';
import { rowRefused } from '../chaos/faults/row-refused.ts';
import { reportText } from '../chaos/report.ts';

const MAIN = fileURLToPath(new URL('../chaos/main.ts', import.meta.url));
const command = (...args: string[]) =>
  runCommand(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args]);
const SEED = 11;

const check = (measured: string, isHeld: boolean): Check => ({ what: 'it holds', measured, held: isHeld });

/** A fault of the test's own, which notes the seeds that it is given. */
function faultOf(name: string, checks: () => Promise<readonly Check[]>) {
  const seeds: number[] = [];
  const fault: Fault = {
    name,
    what: `what ${name} does`,
    run: async ({ seed, random }) => {
      seeds.push(seed, random.next());
      return checks();
    },
  };
  return { fault, seeds };
}

describe('the command', () => {
  it(
    '[CHAOS-1] [CHAOS-5] tells its faults and its options, and what of them it can not use',
    { timeout: 120_000 },
    async () => {
      const list = await command('--list');
      expect(list.code).toBe(0);
      expect(list.output.trimEnd().split('\n')).toEqual(
        ALL_FAULTS.map(({ name, what }) => `${name}  ${what}`),
      );
      expect(await command('--help')).toEqual({
        code: 0,
        output: expect.stringMatching(/^usage: npm run chaos .*--fault NAME.*--seed N.*--list/s),
      });
      for (const [args, problem] of [
        [['--seed', 'x'], '--seed is not a whole number in its range'],
        [['--seed', '4294967296'], '--seed is not a whole number in its range'],
        [['--fault', 'earthquake'], 'there is no fault earthquake; --list tells which there are'],
        [['--loud'], "Unknown option '--loud'"],
      ] as const) {
        const { code, output } = await command(...args);
        expect([code, output.startsWith(problem), output.includes('\nusage: ')], output).toEqual([
          1,
          true,
          true,
        ]);
      }
    },
  );

  it('[CHAOS-1] has names that stand for one fault each', () => {
    expect(new Set(ALL_FAULTS.map(({ name }) => name)).size).toBe(ALL_FAULTS.length);
  });
});

describe('a run', () => {
  it(
    '[CHAOS-1] [CHAOS-3] tells what broke, and goes on to the faults behind it',
    { timeout: 120_000 },
    async () => {
      const steps: string[] = [];
      const faults = [
        faultOf('worse', async () => [check('all of it', true), check('half of it', false)]),
        faultOf('impossible', () => Promise.reject(new Error('not on this machine'))),
        faultOf('last', async () => [check('all of it', true)]),
      ].map(({ fault }) => fault);
      const outcomes = await chaos(faults, SEED, (text) => steps.push(text));
      expect(outcomes.map((outcome) => held(outcome))).toEqual([false, false, true]);
      expect(outcomes[1]?.checks).toMatchObject([{ measured: 'not on this machine', held: false }]);
      expect(steps).toEqual(faults.map(({ name, what }) => `${name}: ${what}`));
      expect(reportText(outcomes, SEED)).toMatch(/\nBROKEN: worse, impossible; seed 11, \d+ s\n$/);
      expect(reportText(outcomes.slice(2), SEED)).toMatch(/\nkept: all 1 faults, seed 11, \d+ s\n$/);
    },
  );

  it(
    '[CHAOS-2] gives each fault a seed of its own, the same alone as among others',
    { timeout: 120_000 },
    async () => {
      const [first, second] = ['first', 'second'].map((name) => faultOf(name, async () => [check('', true)]));
      const quiet = (): void => undefined;
      await chaos([first!.fault, second!.fault], SEED, quiet);
      await chaos([second!.fault], SEED, quiet);
      const [seed, number, again, sameNumber] = second!.seeds;
      expect([again, sameNumber]).toEqual([seed, number]);
      expect(first!.seeds[0]).not.toBe(seed);
    },
  );
});

describe('faults', () => {
  it(
    '[CHAOS-4] [CHAOS-6] that are done to a real server break no promise',
    { timeout: 180_000 },
    async () => {
      const outcomes = await chaos([rowRefused], Date.now() >>> 0, () => undefined);
      expect(
        outcomes.map((outcome) => held(outcome)),
        reportText(outcomes, 0),
      ).toEqual([true]);
    },
  );
});
