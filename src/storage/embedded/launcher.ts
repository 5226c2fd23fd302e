/**
 * Starts PostgreSQL's programs as a user that may run them: they refuse root. A server that runs as root starts them
 * as the owner of the data, else as the system user `postgres`, which is made when missing.
 */
import { stat } from 'node:fs/promises';
import { failure } from '../../protocol/errors.ts';
import { fail, ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { runCommand } from './run-command.ts';
import type { CommandResult } from './run-command.ts';

/** Runs a program of PostgreSQL. */
export interface Launcher {
  /** Whose the data and the socket folder must be; null: whoever runs this process. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  run(command: string, args: readonly string[]): Promise<CommandResult>;
}

/** What a {@link Launcher} must be able to do. */
export interface LaunchNeeds {
  /** A program of PostgreSQL that answers `--version`. */
  readonly program: string;
  /** Folder that holds the data. */
  readonly folder: string;
  /** Where the data is or will be; who owns it runs the programs. */
  readonly clusterDir: string;
}

const PROBE = 'cd -- "$0" && exec "$1" --version';

/** A {@link Launcher} that was tried, or why there is none. */
export async function createLauncher(needs: LaunchNeeds): Promise<Result<Launcher>> {
  if (process.getuid?.() !== 0) {
    return ok({ owner: null, run: (command, args) => runCommand(command, args) });
  }
  const owner = (await ownerOf(needs.clusterDir)) ?? (await postgresUser());
  if (owner === null) {
    return fail(
      failure(
        'internal',
        'PostgreSQL refuses to run as root, and the system user "postgres" could not be made: start Hubbub as another user, or set DATABASE_URL.',
      ),
    );
  }
  const attempts: string[] = [];
  for (const launcher of candidates(owner)) {
    // Tells both whether the program can be reached and run, and whether the data's folder can be entered.
    // The shell changes the folder as that user; spawn's `cwd` would be entered as root.
    const probe = await launcher.run('/bin/sh', ['-c', PROBE, needs.folder, needs.program]);
    if (probe.code === 0) return ok(launcher);
    attempts.push(probe.output.trim());
  }
  return fail(
    failure(
      'internal',
      `The system user with id ${owner.uid} can't run PostgreSQL from here (${attempts[0] ?? ''}): make the folders above ${needs.folder} and ${needs.program} accessible (chmod o+x), start Hubbub as another user, or set DATABASE_URL.`,
    ),
  );
}

function candidates(owner: { uid: number; gid: number }): Launcher[] {
  const plain: Launcher = { owner, run: (command, args) => runCommand(command, args, owner) };
  // A clone below a 0700 folder (mktemp -d, /root) can't be traversed by another user. Linux has a capability for
  // just that; it is given only when it is needed, for it lets the process read every file.
  const withCapability = (capability: string): Launcher => ({
    owner,
    run: (command, args) =>
      runCommand('setpriv', [
        `--reuid=${owner.uid}`,
        `--regid=${owner.gid}`,
        '--clear-groups',
        // access(2), which initdb asks about its programs, forgets capabilities without it.
        '--securebits=+no_setuid_fixup',
        `--inh-caps=+${capability}`,
        `--ambient-caps=+${capability}`,
        command,
        ...args,
      ]),
  });
  return [plain, withCapability('dac_read_search'), withCapability('dac_override')];
}

async function ownerOf(path: string): Promise<{ uid: number; gid: number } | null> {
  const found = await stat(path).catch(() => null);
  return found === null || found.uid === 0 ? null : { uid: found.uid, gid: found.gid };
}

async function postgresUser(): Promise<{ uid: number; gid: number } | null> {
  const existing = await lookUp('postgres');
  if (existing !== null) return existing;
  await runCommand('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/bin/false',
    'postgres',
  ]);
  return lookUp('postgres');
}

async function lookUp(user: string): Promise<{ uid: number; gid: number } | null> {
  const [uid, gid] = await Promise.all([runCommand('id', ['-u', user]), runCommand('id', ['-g', user])]);
  return uid.code === 0 && gid.code === 0 ? { uid: Number(uid.output), gid: Number(gid.output) } : null;
}
