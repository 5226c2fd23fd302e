/** How a client comes in: from a place of the log on, or with the newest page. */
import Type, { type Static } from 'typebox';
import type { ReadRange } from './entry.ts';
import { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT } from '../protocol/limits.ts';

/** `data` of a request that asks for what was missed. */
export const ResumeRequest = Type.Object({
  recover: Type.Optional(
    Type.Object({
      epoch: Type.String({ maxLength: 64 }),
      seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE_LIMIT })),
});

/** Which page answers the request, and whether it begins right behind the point; null when none was given. */
export function resumeRange(
  log: { readonly epoch: string; readonly head: number; readonly floor?: number },
  { recover, limit }: Static<typeof ResumeRequest>,
): { readonly range: ReadRange; readonly recovered: boolean | null } {
  if (recover === undefined) {
    return { range: { direction: 'newest', limit: limit ?? DEFAULT_PAGE_LIMIT }, recovered: null };
  }
  const { epoch, head, floor = 1 } = log;
  const recovered = recover.epoch === epoch && recover.seq <= head && recover.seq >= floor - 1;
  const most = limit ?? MAX_PAGE_LIMIT;
  const range: ReadRange = recovered
    ? { direction: 'after', seq: recover.seq, limit: most }
    : { direction: 'newest', limit: most };
  return { range, recovered };
}
