/** {@link ChannelDirectory} in PostgreSQL. */
import type { AuditActor } from '../protocol/audit-act.ts';
import {
  type ChannelDirectory,
  type ChannelOfUser,
  creationOf,
  type DirectoryPage,
  type DirectoryQuery,
} from '../protocol/channel-directory.ts';
import type { ChannelSettings } from '../protocol/channel-settings.ts';
import type { ChannelRole, ChannelSummary } from '../protocol/entities.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { type AuditCall, auditCall } from './audit-call.ts';
import type { Database } from './database.ts';

interface ChannelRow {
  readonly id: string;
  readonly name: string;
  readonly topic: string | null;
  readonly private: boolean;
}

interface StandingRow extends ChannelRow {
  readonly settings: Partial<ChannelSettings>;
  readonly role: ChannelRole | null;
  readonly joined_at: string | null;
  readonly sanctions: ChannelOfUser['sanctions'];
}

// Ids are ASCII in byte order and hold no `~`: what begins with the prefix lies before the prefix with `~` behind.
const LIST = `
  select id, name, topic, private from channels
  where (not private or exists (
      select from channel_members as m where m.channel_id = channels.id and m.user_id = $4
    ))
    and id >= $1 and id < $1 || '~' and starts_with(id, $1) and ($2::text is null or id > $2)
  order by id limit $3`;

// The same within a list of ids and of beginnings, with private ones.
const LIST_WITHIN = `
  select id, name, topic, private from channels
  where (id = any ($4) or exists (select from unnest($5::text[]) as start where starts_with(id, start)))
    and id >= $1 and id < $1 || '~' and starts_with(id, $1) and ($2::text is null or id > $2)
  order by id limit $3`;

const FIND = 'select id, name, topic, private from channels where id = $1';

const FIND_FOR = `
  select c.id, c.name, c.topic, c.private, c.settings, m.role, m.joined_at,
    coalesce((
      select json_agg(json_build_object('kind', s.kind, 'until', s.until)) from sanctions as s
      where s.channel_id = c.id and s.user_id = $2 and s.ended_at is null), '[]'::json) as sanctions
  from channels as c left join channel_members as m on m.channel_id = c.id and m.user_id = $2
  where c.id = $1`;

const PRIVATE_OF = `
  select m.user_id, c.id, c.name, c.topic, c.private
  from channel_members as m join channels as c on c.id = m.channel_id
  where m.user_id = any ($1) and c.private order by c.id`;

const CREATE = (kept: AuditCall): string => `
  with made as (
    insert into channels (id, name, topic, private, created_by, created_at) values ($1, $2, $3, $4, $5, $6)
    on conflict (id) do nothing
    returning id, name, topic, private
  ), owned as (
    insert into channel_members (channel_id, user_id, name, role, joined_at)
      select id, $5, $7, 'owner', $6 from made
  )
  select id, name, topic, private, ${kept.sql} from made`;

/** The channels that someone created or wrote in. */
export class PostgresDirectory implements ChannelDirectory {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(query: DirectoryQuery): Promise<Result<DirectoryPage>> {
    const { prefix = '', after = null, limit } = query;
    // No id holds U+0000, and PostgreSQL takes none.
    if (prefix.includes('\0') || after?.includes('\0') === true) return ok({ items: [], hasMore: false });
    const { within } = query;
    const found =
      within === undefined
        ? await this.#database.query<ChannelRow>(LIST, [prefix, after, limit + 1, query.member ?? null])
        : await this.#database.query<ChannelRow>(LIST_WITHIN, [
            ...[prefix, after, limit + 1],
            within.filter((pattern) => !pattern.endsWith('*')),
            within.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1)),
          ]);
    if (!found.ok) return fail(found.failure);
    return ok({ items: found.rows.slice(0, limit).map(summaryOf), hasMore: found.rows.length > limit });
  }

  async find(id: string): Promise<Result<ChannelSummary | null>> {
    const found = await this.#database.query<ChannelRow>(FIND, [id]);
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    return ok(row === undefined ? null : summaryOf(row));
  }

  async findFor(id: string, userId: string): Promise<Result<ChannelOfUser | null>> {
    const found = await this.#database.query<StandingRow>(FIND_FOR, [id, userId]);
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    if (row === undefined) return ok(null);
    const { settings, role, joined_at: joinedAt, sanctions } = row;
    const standing = role === null ? null : { role, joinedAt: Number(joinedAt) };
    return ok({ channel: summaryOf(row), settings, standing, sanctions });
  }

  async privateOf(users: readonly string[]): Promise<Result<readonly (readonly ChannelSummary[])[]>> {
    const found = await this.#database.query<ChannelRow & { readonly user_id: string }>(PRIVATE_OF, [users]);
    if (!found.ok) return fail(found.failure);
    const byUser = Map.groupBy(found.rows, (row) => row.user_id);
    return ok(users.map((user) => (byUser.get(user) ?? []).map(summaryOf)));
  }

  async create(
    channel: ChannelSummary,
    by: AuditActor,
    now: number,
  ): Promise<Result<{ readonly created: boolean; readonly channel: ChannelSummary }>> {
    const { id, name, topic = null, private: isPrivate } = channel;
    const values = [id, name, topic, isPrivate, by.id, now, by.name ?? by.id];
    const kept = auditCall(creationOf(channel, by, now), values.length + 1);
    const made = await this.#database.query<ChannelRow>(CREATE(kept), [...values, ...kept.values]);
    if (!made.ok) return fail(made.failure);
    const [row] = made.rows;
    if (row !== undefined) return ok({ created: true, channel: summaryOf(row) });
    const existing = await this.find(channel.id);
    if (!existing.ok) return existing;
    if (existing.value === null) throw new Error(`channel ${channel.id} exists and can't be found`);
    return ok({ created: false, channel: existing.value });
  }
}

function summaryOf({ id, name, topic, private: isPrivate }: ChannelRow): ChannelSummary {
  return { id, name, ...(topic === null ? {} : { topic }), private: isPrivate };
}
