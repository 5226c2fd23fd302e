/** `npm run bench [scenario…] [--rounds N] [--quick] [--server NAME]…`; bench/README.md says how to read it. */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { hasFailed, runBench } from './bench-run.ts';
import { reportText } from './report/report.ts';
import { ALL_SCENARIOS, plannedSeconds, ROUNDS } from './scenarios/all-scenarios.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    server: { type: 'string', multiple: true },
  },
});
const rounds = values.rounds === undefined ? (values.quick ? 1 : ROUNDS) : Number(values.rounds);
const names = [...new Set(ALL_SCENARIOS.flatMap((scenario) => scenario.names))];
const scenarios = ALL_SCENARIOS.filter(({ names: own, onlyByName = false }) =>
  positionals.length === 0 ? !onlyByName : positionals.some((name) => own.includes(name)),
);
const servers = [
  ...new Set(
    ALL_SCENARIOS.flatMap(({ servers: always, otherServers = [] }) =>
      [...always, ...otherServers].map((name) => name.split(',')[0] ?? name),
    ),
  ),
];
const unknownName = positionals.find((name) => !names.includes(name));
const unknownServer = values.server?.find((name) => !servers.includes(name));
const problem = [
  process.platform === 'linux'
    ? ''
    : 'it pins processes and reads their CPU time from /proc, so it needs Linux',
  cpus().length >= 2 ? '' : 'it needs two cores: one for the server, one for the load',
  Number.isInteger(rounds) && rounds > 0 ? '' : '--rounds takes a whole number from 1',
  unknownName === undefined ? '' : `there is no scenario ${unknownName}; there are ${names.join(', ')}`,
  unknownServer === undefined ? '' : `there is no server ${unknownServer}; there are ${servers.join(', ')}`,
].find((text) => text !== '');
if (problem !== undefined) {
  process.stderr.write(`bench: ${problem}\n`);
  process.exit(1);
}

const startMs = performance.now();
if (!values.quick) {
  process.stderr.write(`this takes about ${minutes(plannedSeconds(scenarios, rounds) * 1_000)} min\n`);
}
// Ctrl-C ends the load too, and so this round; every round stops its server and removes its data before it is over.
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
const plan = {
  ...{ scenarios, rounds, quick: values.quick },
  servers: values.server ?? null,
  signal: stopping.signal,
};
const measured = await runBench(plan, (text) => process.stderr.write(text));
const command = ['npm run bench', ...process.argv.slice(2)].join(' ');
process.stdout.write(
  `${commit()}, \`${command}\`, ${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ` +
    `${process.version}, medians of ${rounds}, ${minutes(performance.now() - startMs)} min` +
    `${values.quick ? ', quick: not a measurement' : ''}.\n\n${reportText(measured)}\n`,
);
if (stopping.signal.aborted || hasFailed(measured)) process.exitCode = 1;

function minutes(ms: number): string {
  return (ms / 60_000).toFixed(1);
}

/** What was measured: a commit, and whether files differ from it. */
function commit(): string {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with changes';
    return `Commit ${git('rev-parse', '--short', 'HEAD')}${changed}`;
  } catch {
    return 'No git checkout';
  }
}
