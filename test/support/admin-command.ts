/** `npm run admin` and `npm run audit:verify` as child processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { UNSET_SETTINGS } from '../../src/config/settings.ts';

/** How it ended, and what it said. */
export interface AdminCommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = process.env['NODE_COMPILE_CACHE'];
const compiled = cache === undefined ? {} : { NODE_COMPILE_CACHE: cache };

/** Runs the command with these settings and nothing else of this process's environment; `input` is its standard input. */
export async function adminCommand(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
  input = '',
  script = 'main.ts',
): Promise<AdminCommandResult> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', `src/admin-cli/${script}`, ...args],
    { cwd: root, env: { PATH: process.env['PATH'], ...compiled, ...UNSET_SETTINGS, ...env } },
  );
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  }
  // A command that needs no input may be over before it is written.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

/** Runs `npm run audit:verify` in the same way. */
export async function auditVerify(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<AdminCommandResult> {
  return adminCommand(env, args, '', 'verify-audit.ts');
}
