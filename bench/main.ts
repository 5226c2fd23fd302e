/** `npm run bench [scenario…] [--rounds N] [--quick] [--server NAME]…`; bench/README.md says how to read it. */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { PEERS, YARDSTICK } from './peers/all-peers.ts';
import { markdownTable, type Measured } from './report.ts';
import { measureRound, type Round } from './round.ts';
import { HOT_ROOM } from './scenarios/hot-room.ts';
import { shortened } from './scenarios/scenario.ts';
import { SMALL_ROOMS } from './scenarios/small-rooms.ts';

const ALL = [...HOT_ROOM, ...SMALL_ROOMS];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
    server: { type: 'string', multiple: true },
  },
});
const rounds = Number(values.rounds);
const scenarios = ALL.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const peers = PEERS.filter(({ name }) => values.server === undefined || values.server.includes(name));
const problem = [
  process.platform === 'linux'
    ? ''
    : 'it pins processes and reads their CPU time from /proc, so it needs Linux',
  cpus().length >= 2 ? '' : 'it needs two cores: one for the server, one for the load',
  Number.isInteger(rounds) && rounds > 0 ? '' : '--rounds takes a whole number from 1',
  scenarios.length > 0 ? '' : `scenarios are ${[...new Set(ALL.map(({ name }) => name))].join(', ')}`,
  peers.length > 0 ? '' : `servers are ${PEERS.map(({ name }) => name).join(', ')}`,
].find((text) => text !== '');
if (problem !== undefined) {
  process.stderr.write(`bench: ${problem}\n`);
  process.exit(1);
}

const table = new Map<string, Round[]>();
for (let round = 1; round <= rounds; round += 1) {
  for (const scenario of scenarios) {
    for (const peer of peers) {
      process.stderr.write(`round ${round} of ${rounds}: ${scenario.title}, ${peer.name} … `);
      const measured = await measureRound(peer, values.quick ? shortened(scenario) : scenario);
      const { result } = measured;
      const rate = Math.round(result.delivered / Math.max(result.serverCpu, 0.01));
      process.stderr.write(
        `${rate.toLocaleString('en')} deliveries per CPU second, p99 ${result.p99Ms.toFixed(1)} ms, ` +
          `${result.delivered} of ${result.expected}` +
          (result.unseen > 0 ? `, ${result.unseen} messages reached nobody` : '') +
          `${measured.void ? ', void: the load was the limit' : ''}\n`,
      );
      const key = JSON.stringify([scenario.title, peer.name]);
      table.set(key, [...(table.get(key) ?? []), measured]);
    }
  }
}
const measured: Measured[] = scenarios.flatMap(({ title }) =>
  peers.map(({ name }) => ({
    scenario: title,
    peer: name,
    rounds: table.get(JSON.stringify([title, name])) ?? [],
  })),
);
process.stdout.write(
  `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}, ` +
    `medians of ${rounds}, ratios to ${YARDSTICK}${values.quick ? ', quick: not a measurement' : ''}\n\n` +
    `${markdownTable(measured, YARDSTICK)}\n`,
);
