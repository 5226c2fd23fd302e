/** `npm run soak`; bench/README.md says how to read it. Exit code 1 when a verdict fails. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { removeOnSignals } from '../left-behind.ts';
import { tooFewFiles } from '../open-files.ts';
import type { Reading } from './figure.ts';
import type { CrowdReading } from './load/soak-crowd.ts';
import { runSoak } from './soak.ts';
import { soakOptions, USAGE } from './soak-options.ts';
import { soakPicture } from './soak-picture.ts';
import { judge, reportText } from './soak-report.ts';

/** Connections of a pool that nobody uses are closed after half a minute. */
const REST_MS = 45_000;
const SETTLE_MS = 120_000;
const TELL_EVERY_S = 60;
/** Visitors who are in at once, with some to spare. */
const VISITORS = 100;

const options = soakOptions(process.argv.slice(2), () => Math.floor(Math.random() * 2 ** 31));
const problem =
  typeof options === 'string'
    ? `${options}\n${USAGE}`
    : process.platform !== 'linux' && options.target === null
      ? 'it reads what its server holds from /proc, so it needs Linux'
      : tooFewFiles(options.clients + VISITORS);
if (typeof options === 'string' || problem !== null) {
  process.stderr.write(`soak: ${problem ?? USAGE}\n`);
  process.exit(1);
}

const { minutes, clients, rate, seed, svg, target } = options;
const title =
  `Hubbub soak: ${minutes} min, ${clients} clients, ${rate} messages a second, seed ${seed}, ` +
  `${cpus().length} cores, Node ${process.version}`;
process.stderr.write(`${title}\n`);
removeOnSignals();
let toldS = 0;
const record = await runSoak({
  ...{ clients, rate, seed, target },
  runS: minutes * 60,
  restMs: REST_MS,
  settleMs: SETTLE_MS,
  onReading: (reading, crowd) => {
    if (reading.atS - toldS < TELL_EVERY_S) return;
    toldS = reading.atS;
    process.stderr.write(`${progress(reading, crowd)}\n`);
  },
});
const report = judge(record);
writeFileSync(svg, soakPicture(report, title));
process.stdout.write(`${title}\n\n${reportText(report)}\n\nPicture: ${svg}\n`);
if (report.findings.length > 0) process.exitCode = 1;

function progress({ atS, measured }: Reading, { connects, troubles }: CrowdReading): string {
  const resident = measured.find(({ family }) => family === 'resident')?.value;
  const delivered = measured.find(({ family }) => family === 'deliveryP99')?.value;
  return [
    `${Math.round(atS / 60)} min: ${connects} connects`,
    ...(resident === undefined ? [] : [`${resident.toFixed(1)} MB resident`]),
    ...(delivered === undefined ? [] : [`delivered p99 ${delivered.toFixed(1)} ms`]),
    ...Object.entries(troubles).map(([what, count]) => `${what} ${count}`),
  ].join(', ');
}
