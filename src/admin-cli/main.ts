/** `npm run admin`: what an administrator does from the terminal. See {@link USAGE}. */
import { readConfig } from '../config.ts';
import { createLogger } from '../observability/logger.ts';
import { carryOut } from './carry-out.ts';
import { openAdminParts } from './open-admin-parts.ts';
import { parseCommand } from './parse-command.ts';
import type { AdminCommand } from './parse-command.ts';
import { USAGE } from './usage.ts';

const NOT_DONE = 1;
const USED_WRONGLY = 2;

const parsed = parseCommand(process.argv.slice(2));
if (!parsed.ok) {
  process.stderr.write(`hubbub: ${parsed.problem}.\n\n${USAGE}`);
  process.exitCode = USED_WRONGLY;
} else if (parsed.command.do === 'help') {
  process.stdout.write(USAGE);
} else {
  const problem = await run(parsed.command);
  if (problem !== null) {
    process.stderr.write(`hubbub: ${problem}\n`);
    process.exitCode = NOT_DONE;
  }
}

/** Null when it is done, else why it isn't. */
async function run(command: Exclude<AdminCommand, { readonly do: 'help' }>): Promise<string | null> {
  const config = readConfig();
  if (!config.ok) return config.failure.message;
  const opened = await openAdminParts(config.value, createLogger({ level: 'silent' }));
  if (!opened.ok) return opened.failure.message;
  try {
    const done = await carryOut(command, opened.value.parts);
    if (!done.ok) return done.failure.message;
    process.stdout.write(done.value.text);
    process.stderr.write(done.value.note ?? '');
    return null;
  } finally {
    await opened.value.close();
  }
}
