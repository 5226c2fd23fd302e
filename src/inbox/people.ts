/** People whom requests name: looked for where only a name is known, or where they must exist. */
import { refuse } from '../log/answers.ts';
import { beginRead } from '../log/shown-changes.ts';
import type { UserRef } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { choose } from './choices.ts';
import type { Effects, FindPurpose } from './effects.ts';
import { recipientFound } from './pending.ts';
import { canExist, type PersonKey } from '../protocol/person.ts';
import type { Context, InboxState } from './state.ts';

const NOBODY = failure('not_found', 'no such user');

/** Goes on with the id of `person`, at once where the request names it. */
export function withPerson(
  state: InboxState,
  person: PersonKey,
  purpose: Exclude<FindPurpose, { kind: 'send' }>,
  ctx: Context,
): Effects {
  if (!canExist(person)) return refuse(purpose.waiter, undefined, ctx.now, NOBODY);
  if ('id' in person) return proceed(state, person.id, purpose, ctx);
  return [{ kind: 'find', person, purpose }];
}

/** Who it is that `find` asked for, nobody (null), or why that isn't known. */
export function personFound(
  state: InboxState,
  purpose: FindPurpose,
  found: UserRef | Failure | null,
  ctx: Context,
): Effects {
  if (purpose.kind === 'send') return recipientFound(state, purpose.send, found, ctx);
  if (found === null || 'code' in found) return refuse(purpose.waiter, undefined, ctx.now, found ?? NOBODY);
  return proceed(state, found.id, purpose, ctx);
}

function proceed(
  state: InboxState,
  id: string,
  purpose: Exclude<FindPurpose, { kind: 'send' }>,
  ctx: Context,
): Effects {
  const { kind, waiter } = purpose;
  if (kind !== 'history') return choose(state, kind, id, waiter, ctx);
  beginRead(state);
  const query = { kind: 'conversation', correspondent: id, range: purpose.range } as const;
  return [{ kind: 'query', query, waiter }];
}
