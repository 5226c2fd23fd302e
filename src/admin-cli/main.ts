/** `npm run admin`: what an administrator does from the terminal. See {@link USAGE}. */
import { type Config, readConfig } from '../config.ts';
import { createLogger } from '../observability/logger.ts';
import { failure } from '../protocol/errors.ts';
import { fail, type Result } from '../protocol/result.ts';
import { carryOut, type Outcome } from './carry-out.ts';
import { openAdminParts } from './open-admin-parts.ts';
import { type AdminCommand, parseCommand } from './parse-command.ts';
import { readPassword } from './read-password.ts';
import { USAGE } from './usage.ts';

type Command = Exclude<AdminCommand, { readonly do: 'help' }>;

const NOT_DONE = 1;
const USED_WRONGLY = 2;
/** The server may stop its PostgreSQL under a command; the next try starts one. */
const TRIES = 3;

let typed: Promise<Result<string>> | undefined;
/** Standard input can be read once, and a command may be tried again. */
const passwordInput = (): Promise<Result<string>> => (typed ??= typedPassword());

// Who reads it may have seen enough (`| head`), or the disk be full: no more than that has gone wrong.
process.stdout.on('error', () => {
  process.exitCode = NOT_DONE;
});

const parsed = parseCommand(process.argv.slice(2));
if (!parsed.ok) {
  process.stderr.write(`hubbub: ${parsed.problem}.\n\n${USAGE}`);
  process.exitCode = USED_WRONGLY;
} else if (parsed.command.do === 'help') {
  process.stdout.write(USAGE);
} else {
  const done = await run(parsed.command);
  if (done.ok) {
    process.stdout.write(done.value.text);
    process.stderr.write(done.value.note ?? '');
  } else {
    process.stderr.write(`hubbub: ${done.failure.message}\n`);
    process.exitCode = NOT_DONE;
  }
}

async function run(command: Command): Promise<Result<Outcome>> {
  const config = readConfig();
  if (!config.ok) return config;
  // An account that was made after all would be taken for someone else's.
  const repeatable = config.value.databaseUrl === undefined && command.do !== 'create';
  for (let left = repeatable ? TRIES : 1; ; left -= 1) {
    const done = await attempt(command, config.value);
    if (done.ok || done.failure.code !== 'unavailable' || left === 1) return done;
  }
}

async function attempt(command: Command, config: Config): Promise<Result<Outcome>> {
  const opened = await openAdminParts(config, createLogger({ level: 'silent' }), passwordInput);
  if (!opened.ok) return opened;
  try {
    return await carryOut(command, opened.value.parts);
  } finally {
    await opened.value.close();
  }
}

async function typedPassword(): Promise<Result<string>> {
  // It would show what is typed.
  if (process.stdin.isTTY)
    return fail(failure('bad_request', 'Standard input is a terminal: pipe the password in.'));
  return readPassword(process.stdin);
}
