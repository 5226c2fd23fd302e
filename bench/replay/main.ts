/** `npm run replay -- [--url ws://…] [--speed N|max] [--channel-prefix P] FILE…`; bench/README.md tells more. */
import { parseArgs } from 'node:util';
import { startHubbubServer } from '../hubbub-server.ts';
import { removeOnSignals } from '../left-behind.ts';
import { loadSources } from './load-sources.ts';
import { ProgressBar } from './progress-bar.ts';
import { isExact, replay } from './replay.ts';
import { reportText } from './report-text.ts';

const USAGE = 'usage: npm run replay -- [--url ws://…] [--speed N|max] [--channel-prefix P] FILE…\n';

const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    speed: { type: 'string', default: 'max' },
    // A new one each time: a channel that has messages already would be a difference.
    'channel-prefix': { type: 'string', default: `replay-${Date.now().toString(36)}-` },
  },
});
const speed = values.speed === 'max' ? Infinity : Number(values.speed);
if (files.length === 0 || !(speed > 0) || !/^[A-Za-z0-9_.:-]*$/.test(values['channel-prefix'])) {
  process.stderr.write(USAGE);
  process.exit(1);
}

const sources = await loadSources(files, values['channel-prefix']);
removeOnSignals();
const server = values.url === undefined ? await startHubbubServer() : null;
const bar = new ProgressBar(process.stderr);
try {
  const report = await replay({
    url: values.url ?? server?.url ?? '',
    sources,
    speed,
    onProgress: (what, done, total) => bar.show(what, done, total, Date.now()),
  });
  bar.clear();
  process.stdout.write(`${reportText(report)}\n`);
  if (!isExact(report)) process.exitCode = 1;
} finally {
  bar.clear();
  await server?.remove();
}
