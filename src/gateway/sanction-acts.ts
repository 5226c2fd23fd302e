/** What moderators ask for that holds everywhere. */
import type { SanctionRequest, Sanctions } from '../auth/sanctions.ts';
import type { SanctionKind } from '../auth/sanction-store.ts';
import { failure } from '../protocol/errors.ts';
import type { PersonKey } from '../protocol/person.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import type { Answer, GatewayContext } from './command.ts';
import type { Connection } from './connection.ts';

/** What the gateway is given to carry it out. */
export type SanctionActs = Pick<Sanctions, 'impose' | 'pardon'>;

const NOBODY = failure('unauthorized', 'say hello first');

/** Acknowledged with `until` where it has an end, and `replaced` where it took the place of one in force. */
export async function impose(
  { identity }: Connection,
  { sanctions }: GatewayContext,
  request: SanctionRequest,
): Promise<Result<Answer>> {
  if (identity === null) return fail(NOBODY);
  const imposed = await sanctions.impose(identity.user, request);
  if (!imposed.ok) return imposed;
  const { until, replaced } = imposed.value;
  const data = { ...(until === null ? {} : { until }), ...(replaced ? { replaced } : {}) };
  return ok({ type: 'ack', data });
}

/** Ends what is in force. */
export async function pardon(
  { identity }: Connection,
  { sanctions }: GatewayContext,
  kind: SanctionKind,
  person: PersonKey,
): Promise<Result<Answer>> {
  if (identity === null) return fail(NOBODY);
  const ended = await sanctions.pardon(identity.user, kind, { person });
  return ended.ok ? ok({ type: 'ack', data: {} }) : ended;
}
