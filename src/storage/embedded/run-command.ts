/** Runs a program to its end and keeps what it said. */
import { spawn } from 'node:child_process';

/** How a program is started. */
export interface CommandOptions {
  readonly uid?: number;
  readonly gid?: number;
}

/** How it ended. `code` is null when it could not be started (`output` then says why) or a signal ended it. */
export interface CommandResult {
  readonly code: number | null;
  /** stdout and stderr together, at most the last 16,000 characters. */
  readonly output: string;
}

const MAX_OUTPUT = 16_000;

/**
 * Runs `command` without a shell, in a session of its own (Ctrl-C in a terminal doesn't reach it), with a fixed folder and
 * environment: what a program of PostgreSQL says must not depend on the operator's locale.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      ...options,
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    });
    let output = '';
    const keep = (chunk: string) => {
      output = (output + chunk).slice(-MAX_OUTPUT);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.once('error', (error) => {
      resolve({ code: null, output: error.message });
    });
    child.once('close', (code) => {
      resolve({ code, output });
    });
  });
}

/** The line of a PostgreSQL program's output that says most: its last FATAL or error line, else its last one. */
export function tellingLine(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.findLast((line) => /FATAL|PANIC|error:|could not/.test(line));
  return (telling ?? lines.at(-1) ?? 'no output').trim();
}
