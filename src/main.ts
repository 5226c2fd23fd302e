/** Starts Hubbub, and ends it on SIGTERM or SIGINT: the first one drains, a second one ends at once. */
import { type RunningServer, startServer } from './composition/server.ts';
import { readConfig } from './config.ts';
import { createLogger } from './observability/logger.ts';

/** Draining may take so long, ms. */
const STOP_DEADLINE_MS = 20_000;

/** One line that says what is wrong and how to mend it. */
function giveUp(message: string): never {
  process.stderr.write(`hubbub: ${message}\n`);
  process.exit(1);
}

const config = readConfig();
if (!config.ok) giveUp(config.failure.message);
const logger = createLogger({ level: config.value.logLevel });
for (const warning of config.value.warnings) logger.warn(warning);

const waiting = new AbortController();
let running: RunningServer | null = null;
let stopping = false;

function onSignal(signal: NodeJS.Signals): void {
  if (stopping) {
    logger.warn({ signal }, 'ended at once');
    process.exit(1);
  }
  stopping = true;
  logger.info({ signal }, 'going down');
  waiting.abort();
  if (running !== null) void end(running);
}

async function end(server: RunningServer): Promise<never> {
  const deadline = setTimeout(() => {
    logger.error('going down took too long');
    process.exit(1);
  }, STOP_DEADLINE_MS);
  await server.stop();
  clearTimeout(deadline);
  logger.info('down');
  process.exit(0);
}

process.on('SIGTERM', onSignal);
process.on('SIGINT', onSignal);

const started = await startServer(config.value, logger, waiting.signal);
if (!started.ok) {
  if (isStopping()) process.exit(0);
  giveUp(started.failure.message);
}
running = started.value;
if (isStopping()) {
  void end(running);
} else {
  logger.info({ url: running.url }, 'Hubbub is up');
  if (process.stdout.isTTY) process.stdout.write(`\nHubbub is up: ${running.url}\n\n`);
}

/** A signal may have come at any await. */
function isStopping(): boolean {
  return stopping;
}
