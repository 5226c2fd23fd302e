/** `npm run verify [-- OPTIONS]`: exit code 0 when every promise was kept, else 1. */
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHubbubServer } from '../../bench/hubbub-server.ts';
import { removeOnSignals } from '../../bench/left-behind.ts';
import { checkHistory } from './check-history.ts';
import { readHistory } from './history-file.ts';
import { parseCommand, USAGE, type VerifyCommand } from './parse-command.ts';
import { reportOutcome } from './report.ts';
import { verdictText } from './verdict-text.ts';
import { verify } from './verify.ts';

/** Of a server of its own: whispers go from shard to shard where there are two. */
const SETTINGS = { SHARDS: '2' } as const;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Gives whether every promise was kept. */
async function checkFile(file: string): Promise<boolean> {
  const read = await readFile(file, 'utf8').then(readHistory, (error: unknown) => {
    return { ok: false as const, problem: String(error) };
  });
  if (!read.ok) {
    say(`${file}: ${read.problem}`);
    return false;
  }
  const verdict = checkHistory(read.records);
  process.stdout.write(`${verdictText(verdict)}\n`);
  return verdict.findings.length === 0;
}

/** Gives whether every promise was kept. */
async function driveServer(command: Extract<VerifyCommand, { kind: 'drive' }>): Promise<boolean> {
  const { channels, senders, listeners, seconds, seed } = command;
  say(`seed ${seed}: ${channels} channels, ${senders} senders, ${listeners} listeners, ${seconds} s`);
  if (command.url === null) say('starting a server in a temporary folder');
  const server = command.url === null ? await startHubbubServer({ env: SETTINGS }) : null;
  try {
    const run = `verify-${Date.now().toString(36)}`;
    const url = command.url ?? server?.url ?? '';
    const outcome = await verify({ ...command, url, channelPrefix: `${run}-`, onStep: say });
    const { text, kept } = await reportOutcome(outcome, join(tmpdir(), `hubbub-${run}.ndjson`));
    process.stdout.write(text);
    return kept;
  } finally {
    await server?.remove();
  }
}

async function main(): Promise<boolean> {
  const command = parseCommand(process.argv.slice(2), Date.now() >>> 0);
  switch (command.kind) {
    case 'help':
      process.stdout.write(USAGE);
      return true;
    case 'wrong':
      say(`${command.problem}\n${USAGE}`);
      return false;
    case 'check':
      return checkFile(command.file);
    case 'drive':
      return driveServer(command);
  }
}

removeOnSignals();
if (!(await main())) process.exitCode = 1;
