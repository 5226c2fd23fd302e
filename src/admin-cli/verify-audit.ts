/** `npm run audit:verify`: whether the audit log is what was once appended. See {@link USAGE}. */
import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { createLogger } from '../observability/logger.ts';
import type { Result } from '../protocol/result.ts';
import type { AuditHead } from '../storage/audit-chain.ts';
import { type Verdict, verifyChain } from '../storage/audit-chain-reader.ts';
import { PostgresAuditLog } from '../storage/postgres-audit-log.ts';
import { openDatabase } from './open-database.ts';

const USAGE = `Usage: npm run audit:verify -- [--expect <hash> --at <number>]

Checks the audit log from its first act to its last: whether a row was changed, removed, inserted or moved, or a text was
changed, and which. Erased texts are no fault. Works while the server runs and while it is stopped. In the container image
it is "node src/admin-cli/verify-audit.ts".

Prints where the log ends as the options for a later run. Who can write to the database can write the newest acts anew, or
cut them off: keep what is printed where they can't write, and it will be found.

Exit codes: 0 sound, 1 not sound or not checked (one line says why), 2 used wrongly.
`;
const NOT_SOUND = 1;
const USED_WRONGLY = 2;
/** The server may stop its PostgreSQL under a command; the next try starts one. */
const TRIES = 3;

const asked = parse(process.argv.slice(2));
if (typeof asked === 'string') {
  process.stderr.write(`hubbub: ${asked}.\n\n${USAGE}`);
  process.exitCode = USED_WRONGLY;
} else if (asked.help) {
  process.stdout.write(USAGE);
} else {
  tell(await run(asked.pinned));
}

function tell(checked: Result<Verdict>): void {
  if (checked.ok && checked.value.sound) {
    const { seq, hash } = checked.value.head;
    process.stdout.write(`The audit log is sound. Acts: ${seq}.\n--expect ${hash} --at ${seq}\n`);
    return;
  }
  const why =
    checked.ok && !checked.value.sound ? `The audit log was tampered with: ${checked.value.problem}.` : '';
  process.stderr.write(`hubbub: ${checked.ok ? why : checked.failure.message}\n`);
  process.exitCode = NOT_SOUND;
}

async function run(pinned: AuditHead | undefined): Promise<Result<Verdict>> {
  const config = readConfig();
  if (!config.ok) return config;
  for (let left = config.value.databaseUrl === undefined ? TRIES : 1; ; left -= 1) {
    const checked = await attempt(config.value, pinned);
    if (checked.ok || checked.failure.code !== 'unavailable' || left === 1) return checked;
  }
}

async function attempt(
  config: Parameters<typeof openDatabase>[0],
  pinned: AuditHead | undefined,
): Promise<Result<Verdict>> {
  const opened = await openDatabase(config, createLogger({ level: 'silent' }));
  if (!opened.ok) return opened;
  try {
    return await verifyChain(new PostgresAuditLog(opened.value.database), pinned);
  } finally {
    await opened.value.close();
  }
}

/** What is asked for, or what is wrong with the line. */
function parse(args: string[]): { readonly help: boolean; readonly pinned: AuditHead | undefined } | string {
  let values;
  try {
    const options = {
      expect: { type: 'string' },
      at: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    } as const;
    ({ values } = parseArgs({ args, options, strict: true }));
  } catch (error) {
    return error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
  }
  const { expect: hash, at, help = false } = values;
  if (hash === undefined && at === undefined) return { help, pinned: undefined };
  if (hash === undefined || at === undefined) return '--expect and --at go together';
  if (!/^[0-9a-f]{64}$/i.test(hash)) return '--expect takes the 64 digits of a hash';
  if (!/^\d{1,15}$/.test(at)) return '--at takes the number of an act';
  return { help, pinned: { seq: Number(at), hash: hash.toLowerCase() } };
}
