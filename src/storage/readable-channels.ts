/** Which channels somebody may read, as SQL over all of them: what `maySee` and `decide` say of one (src/protocol). */
import type { Principal } from '../protocol/entities.ts';
import { isStaff } from '../protocol/permissions.ts';

/** Conditions on the channel `c`. Their parameters are {@link readerColumns}, numbered from `first`. */
export interface ReaderSql {
  /** The reader may know of it. */
  readonly visible: string;
  /** They are out of it: banned, or kicked for a time. No sanction of a channel holds an administrator. */
  readonly out: string;
}

/** See {@link ReaderSql}. */
export function readerSql(first: number): ReaderSql {
  const [ids, starts, user, staff, admin, now] = [0, 1, 2, 3, 4, 5].map((n) => `$${first + n}`);
  return {
    visible: `(
      c.deleted_at is null and case when ${ids}::text[] is null then
        not c.private or ${staff}::boolean
          or exists (select from channel_members as m where m.channel_id = c.id and m.user_id = ${user})
      else c.id = any (${ids}) or exists (select from unnest(${starts}::text[]) as start where starts_with(c.id, start))
      end
    )`,
    out: `(
      not ${admin}::boolean and exists (
        select from sanctions as s
        where s.channel_id = c.id and s.user_id = ${user} and s.ended_at is null
          and (s.kind = 'ban' and s.until is null or s.kind in ('ban', 'kick') and s.until > ${now}::bigint)
      )
    )`,
  };
}

/** Who reads, and when (ms since the epoch): the parameters of {@link readerSql}. */
export function readerColumns(reader: Pick<Principal, 'id' | 'roles' | 'channels'>, now: number): unknown[] {
  const { channels: within } = reader;
  return [
    within?.filter((pattern) => !pattern.endsWith('*')) ?? null,
    within?.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1)) ?? null,
    reader.id,
    isStaff(reader),
    reader.roles.includes('admin'),
    now,
  ];
}
