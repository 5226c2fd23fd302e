/** Sees to it that a server has an administrator: the first one is made at a start at which there is none. */
import { parseAccountName } from '../auth/display-name.ts';
import type { PasswordHasher } from '../auth/password-hasher.ts';
import type { AccountStore } from '../auth/ports.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import { ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { madeUpPassword } from './made-up-password.ts';

/** What making one needs. `now` gives ms since the epoch, `random` so many random bytes. */
export interface FirstAdministratorDeps {
  readonly store: AccountStore;
  readonly hasher: PasswordHasher;
  /** Shows lines to whoever starts the server. Not the log, which is kept and passed on. */
  readonly print: (text: string) => void;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  readonly now: () => number;
  readonly newId: () => string;
  readonly random: (bytes: number) => Uint8Array;
}

/**
 * Makes the account ADMIN_USERNAME with the role admin when no account has it, and prints name and password unless
 * ADMIN_PASSWORD says the latter. Of servers that start at once one does. A name that someone else has is left to them,
 * with a warning. `unavailable` while the store is.
 */
export async function ensureAdministrator(
  { adminUsername, adminPassword }: Pick<Config, 'adminUsername' | 'adminPassword'>,
  deps: FirstAdministratorDeps,
): Promise<Result<void>> {
  const { store, hasher, print, logger, now, newId, random } = deps;
  const found = await store.hasAdministrator();
  if (!found.ok) return found;
  if (found.value) return ok(undefined);
  const name = parseAccountName(adminUsername);
  if (!name.ok) return name;
  const password = adminPassword ?? madeUpPassword(random);
  const passwordHash = await hasher.hash(password);
  if (!passwordHash.ok) return passwordHash;
  const account = {
    ...{ id: newId(), name: name.value, passwordHash: passwordHash.value },
    roles: ['user', 'admin'] as const,
  };
  const made = await store.createFirstAdministrator(account, now());
  if (made.ok) {
    if (!made.value) return ok(undefined);
    logger.info({ name: name.value }, 'the first administrator was made');
    if (adminPassword === undefined) print(announcement(name.value, password));
    return ok(undefined);
  }
  if (made.failure.code !== 'conflict') return made;
  logger.warn(
    { name: name.value },
    'there is no administrator, and the name ADMIN_USERNAME is taken: run "npm run admin -- promote <name> admin" for an account that may be one, or set another ADMIN_USERNAME',
  );
  return ok(undefined);
}

function announcement(name: string, password: string): string {
  return [
    '',
    'The first administrator was made. The password is shown this once; change it after logging in.',
    '',
    `  name:     ${name}`,
    `  password: ${password}`,
    '',
    '',
  ].join('\n');
}
