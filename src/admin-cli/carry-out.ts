/** Does what a command of `npm run admin` says. */
import type { AuditLog } from '../admin/ports/audit-log.ts';
import type { AccessChanges, Person } from '../auth/access-changes.ts';
import type { AccountIssuer } from '../auth/account-issuer.ts';
import type { Accounts } from '../auth/accounts.ts';
import type { Account, AccountStore, SigningKeyStore } from '../auth/ports.ts';
import { createSigningKey } from '../auth/server-keys.ts';
import { actBy, TERMINAL } from '../protocol/audit-act.ts';
import type { Role } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { AdminCommand, GivenRole } from './parse-command.ts';

/** What commands need. `now` gives ms since the epoch. */
export interface AdminParts {
  readonly accounts: Accounts;
  readonly accountStore: AccountStore;
  readonly accessChanges: AccessChanges;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly keys: SigningKeyStore;
  readonly issuer: AccountIssuer;
  readonly findPerson: (nameOrId: string) => Promise<Result<Person | null>>;
  /** What standard input holds, as a password. */
  readonly readPassword: () => Promise<Result<string>>;
  readonly makeUpPassword: () => string;
  readonly now: () => number;
  readonly newId: () => string;
}

/** What is shown then: on standard output, and beside it what isn't for scripts. */
export interface Outcome {
  readonly text: string;
  readonly note?: string;
}

const DEED = { by: TERMINAL };

const ROLES: Readonly<Record<GivenRole, readonly Role[]>> = {
  user: ['user'],
  moderator: ['user', 'moderator'],
  admin: ['user', 'admin'],
};

/** Carries `command` out, but for `help`. Fails with a sentence for who gave it. */
export async function carryOut(
  command: Exclude<AdminCommand, { readonly do: 'help' }>,
  parts: AdminParts,
): Promise<Result<Outcome>> {
  switch (command.do) {
    case 'create':
      return create(command, parts);
    case 'reset-password':
      return resetPassword(command, parts);
    case 'promote':
      return promote(command, parts);
    case 'token':
      return token(command, parts);
    case 'revoke-user':
      return revokeUser(command, parts);
    case 'revoke-token':
      return revokeToken(command, parts);
    case 'rotate-keys':
      return rotateKeys(parts);
  }
}

type Command<Kind extends AdminCommand['do']> = AdminCommand & { readonly do: Kind };

async function create(command: Command<'create'>, parts: AdminParts): Promise<Result<Outcome>> {
  const { name: username, email, role } = command;
  const password = await passwordFor(command, parts);
  if (!password.ok) return password;
  const registration = { username, email, password: password.value.text };
  const made = await parts.accounts.create(registration, ROLES[role], TERMINAL);
  if (!made.ok) return made;
  const { id, name } = made.value;
  return ok({ text: `Made the account ${name} (${id}) with the role ${role}.\n${password.value.shown}` });
}

async function resetPassword(
  command: Command<'reset-password'>,
  parts: AdminParts,
): Promise<Result<Outcome>> {
  const account = await accountOf(command.who, parts);
  if (!account.ok) return account;
  const password = await passwordFor(command, parts);
  if (!password.ok) return password;
  const { name } = account.value;
  const reset = await parts.accounts.resetPassword(account.value, password.value.text, TERMINAL);
  if (!reset.ok) return reset;
  return ok({ text: `${name} has another password and is logged out everywhere.\n${password.value.shown}` });
}

async function promote({ who, role }: Command<'promote'>, parts: AdminParts): Promise<Result<Outcome>> {
  const found = await personOf(who, parts);
  if (!found.ok) return found;
  const changed = await parts.accessChanges.setRoles(found.value.id, role === 'user' ? [] : [role], DEED);
  if (!changed.ok) return changed;
  const { name, kind } = changed.value;
  return ok({
    text:
      kind === 'issuer' && role === 'user'
        ? `${name} has the roles of the issuer's tokens alone.\n`
        : `${name} has the role ${role}.\n`,
  });
}

async function token({ who, seconds }: Command<'token'>, parts: AdminParts): Promise<Result<Outcome>> {
  const account = await accountOf(who, parts);
  if (!account.ok) return account;
  const { id, name } = account.value;
  const issued = await parts.issuer.issue(account.value, { seconds });
  const at = parts.now();
  const until = new Date(at + issued.expiresIn * 1000).toISOString();
  const target = { kind: 'user', id, name } as const;
  const kept = await parts.audit.append(
    actBy(TERMINAL, at, { action: 'token:issued', target, after: { until } }),
  );
  return kept.ok
    ? ok({ text: `${issued.token}\n`, note: `A token of ${name}, good until ${until}.\n` })
    : kept;
}

async function revokeUser(
  { who, since }: Command<'revoke-user'>,
  parts: AdminParts,
): Promise<Result<Outcome>> {
  const person = await personOf(who, parts);
  if (!person.ok) return person;
  const { id, name, kind } = person.value;
  const revoked = await parts.accessChanges.revokeUser(id, DEED, since);
  if (!revoked.ok) return revoked;
  const when = since === undefined ? 'now' : new Date(since).toISOString();
  const logins = kind === 'account' ? ' All logins have ended.' : '';
  return ok({ text: `Revoked the tokens of ${name} that were signed before ${when}.${logins}\n` });
}

async function revokeToken(
  { tokenId }: Command<'revoke-token'>,
  parts: AdminParts,
): Promise<Result<Outcome>> {
  const revoked = await parts.accessChanges.revokeToken(tokenId, DEED);
  return revoked.ok ? ok({ text: `Revoked the token ${tokenId}.\n` }) : revoked;
}

async function rotateKeys({ keys, now, newId }: AdminParts): Promise<Result<Outcome>> {
  const key = await createSigningKey(newId);
  const at = now();
  const act = actBy(TERMINAL, at, { action: 'keys:rotated', target: { kind: 'key', id: key.kid } });
  const rotated = await keys.rotate(key, at, act);
  return rotated.ok ? ok({ text: `Tokens are signed with the key ${key.kid} from now on.\n` }) : rotated;
}

async function passwordFor(
  { passwordFromStdin }: { readonly passwordFromStdin: boolean },
  { readPassword, makeUpPassword }: AdminParts,
): Promise<Result<{ readonly text: string; readonly shown: string }>> {
  if (!passwordFromStdin) {
    const text = makeUpPassword();
    return ok({ text, shown: `password: ${text}\n` });
  }
  const read = await readPassword();
  return read.ok ? ok({ text: read.value, shown: '' }) : read;
}

async function accountOf(who: string, parts: AdminParts): Promise<Result<Account>> {
  const person = await personOf(who, parts);
  if (!person.ok) return person;
  const { id, name, kind } = person.value;
  const found = kind === 'account' ? await parts.accountStore.findById(id) : ok(null);
  if (!found.ok) return found;
  if (found.value !== null) return ok(found.value);
  const what = kind === 'guest' ? 'is a guest' : 'comes from another issuer';
  return fail(failure('not_found', `${name} ${what} and has no account here.`));
}

async function personOf(who: string, { findPerson }: AdminParts): Promise<Result<Person>> {
  const found = await findPerson(who);
  if (!found.ok) return found;
  if (found.value !== null) return ok(found.value);
  return fail(failure('not_found', `There is nobody called ${JSON.stringify(who)}.`));
}
