/** `npm run chaos [-- OPTIONS]`: exit code 0 when everything held, else 1. */
import { parseArgs } from 'node:util';
import { removeOnSignals } from '../../bench/left-behind.ts';
import { chaos, held } from './chaos.ts';
import { ALL_FAULTS } from './faults/all-faults.ts';
import { reportText } from './report.ts';

const USAGE = `usage: npm run chaos [-- OPTIONS]
  --fault NAME  only this one; may be given again
  --seed N      of texts and times (another one each time)
  --list        tells what faults there are
`;
const MAX_SEED = 2 ** 32 - 1;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function wrong(problem: string): false {
  say(`${problem}\n${USAGE}`);
  return false;
}

function optionsOf(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { fault: { ...text, multiple: true }, seed: text, list: flag, help: flag },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return error.message;
  }
}

/** Gives whether everything held. */
async function main(args: readonly string[]): Promise<boolean> {
  const options = optionsOf(args);
  if (typeof options === 'string') return wrong(options);
  const { fault: names = ALL_FAULTS.map(({ name }) => name), seed: word, list, help } = options;
  if (help === true || list === true) {
    process.stdout.write(help === true ? USAGE : ALL_FAULTS.map((f) => `${f.name}  ${f.what}\n`).join(''));
    return true;
  }
  const unknown = names.find((name) => !ALL_FAULTS.some((fault) => fault.name === name));
  if (unknown !== undefined) return wrong(`there is no fault ${unknown}; --list tells which there are`);
  const seed = word === undefined ? Date.now() >>> 0 : /^\d+$/.test(word) ? Number(word) : Number.NaN;
  if (!(seed <= MAX_SEED)) return wrong('--seed is not a whole number in its range');
  const faults = ALL_FAULTS.filter(({ name }) => names.includes(name));
  say(`seed ${seed}: ${faults.length} faults`);
  const outcomes = await chaos(faults, seed, say);
  process.stdout.write(reportText(outcomes, seed));
  return outcomes.every(held);
}

removeOnSignals();
if (!(await main(process.argv.slice(2)))) process.exitCode = 1;
