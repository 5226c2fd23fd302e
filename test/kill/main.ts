/** `npm run kill-check [-- --rounds N]`: prints a verdict; exit code 1 when a promise is broken. */
import { parseArgs } from 'node:util';
import { verdictText } from '../verify/verdict-text.ts';
import { removeOnSignals } from '../../bench/left-behind.ts';
import { runKillCheck } from './kill-check.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write('usage: npm run kill-check [-- --rounds N]\n');
  process.exit(1);
}
removeOnSignals();
const { verdict } = await runKillCheck({
  rounds,
  senders: 6,
  listeners: 3,
  channels: 4,
  seed: Date.now() >>> 0,
  onStep: (text) => process.stderr.write(`${text}\n`),
});
process.stdout.write(`${verdictText(verdict)}\n`);
if (verdict.findings.length > 0) process.exitCode = 1;
