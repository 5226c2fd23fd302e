/** {@link ChannelDirectory} in PostgreSQL. */
import type { AuditActor } from '../protocol/audit-act.ts';
import {
  type ChannelDirectory,
  type ChannelOfUser,
  creationOf,
  type DirectoryPage,
  type DirectoryQuery,
  type ListedMember,
  type MembersQuery,
} from '../protocol/channel-directory.ts';
import type { ChannelSettings } from '../protocol/channel-settings.ts';
import type { ChannelRole, ChannelSummary } from '../protocol/entities.ts';
import type { ChannelRetention } from '../protocol/retention.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { isStorable } from '../protocol/text.ts';
import { type AuditCall, auditCall } from './audit-call.ts';
import type { Database } from './database.ts';

interface ChannelRow {
  readonly id: string;
  readonly name: string;
  readonly topic: string | null;
  readonly description: string | null;
  readonly private: boolean;
  readonly position: number | null;
  readonly archived: boolean;
}

interface MemberRow {
  readonly user_id: string;
  readonly name: string;
  readonly role: ChannelRole;
  readonly joined_at: string;
}

interface StandingRow extends ChannelRow {
  readonly settings: Partial<ChannelSettings>;
  readonly role: ChannelRole | null;
  readonly joined_at: string | null;
  readonly sanctions: ChannelOfUser['sanctions'];
}

const COLUMNS = `c.id, c.name, c.topic, c.description, c.private, c.position::float8 as position,
  coalesce(c.settings ->> 'archived', '') = 'true' as archived`;

// Ids are ASCII in byte order and hold no `~`: what begins with the prefix lies before the prefix with `~` behind.
const listSql = (visible: string): string => `
  select ${COLUMNS} from channels as c
  where c.deleted_at is null and ${visible}
    and c.id >= $1 and c.id < $1 || '~' and starts_with(c.id, $1)
    and ($2::text is null or (coalesce(c.position, 'Infinity'::numeric), c.id) > (
      select coalesce((select a.position from channels as a where a.id = $2), 'Infinity'::numeric), $2
    ))
    and ($4::text[] is null or c.id = any ($4))
  order by coalesce(c.position, 'Infinity'::numeric), c.id limit $3`;

const LIST = listSql(`(not c.private or exists (
    select from channel_members as m where m.channel_id = c.id and m.user_id = $5
  ))`);

// The same within a list of ids and of beginnings, with private ones.
const LIST_WITHIN = listSql(
  '(c.id = any ($5) or exists (select from unnest($6::text[]) as start where starts_with(c.id, start)))',
);

const FIND = `select ${COLUMNS} from channels as c where c.id = $1 and c.deleted_at is null`;

const FIND_FOR = `
  select ${COLUMNS}, c.settings, m.role, m.joined_at,
    coalesce((
      select json_agg(json_build_object('kind', s.kind, 'until', s.until)) from sanctions as s
      where s.channel_id = c.id and s.user_id = $2 and s.ended_at is null), '[]'::json) as sanctions
  from channels as c left join channel_members as m on m.channel_id = c.id and m.user_id = $2
  where c.id = $1 and c.deleted_at is null`;

const PRIVATE_OF = `
  select m.user_id, ${COLUMNS}
  from channel_members as m join channels as c on c.id = m.channel_id
  where m.user_id = any ($1) and c.private and c.deleted_at is null
  order by coalesce(c.position, 'Infinity'::numeric), c.id`;

const MEMBERS = `
  select user_id, name, role, joined_at from channel_members
  where channel_id = $1 and ($2::text is null or user_id > $2) order by user_id limit $3`;

const RETENTION = `
  select id, settings -> 'retentionDays' as days, settings -> 'retentionMessages' as messages
  from channels where id = any ($1) and deleted_at is null`;

const CREATE = (kept: AuditCall): string => `
  with made as (
    insert into channels as c (id, name, topic, private, created_by, created_at, description, settings)
      values ($1, $2, $3, $4, $5, $6, $8, $9)
    on conflict (id) do nothing
    returning ${COLUMNS}
  ), owned as (
    insert into channel_members (channel_id, user_id, name, role, joined_at)
      select id, $5, $7, 'owner', $6 from made
  )
  select made.*, ${kept.sql} from made`;

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
    const { within, among = null } = query;
    const found =
      within === undefined
        ? await this.#database.query<ChannelRow>(LIST, [
            ...[prefix, after, limit + 1, among],
            query.member ?? null,
          ])
        : await this.#database.query<ChannelRow>(LIST_WITHIN, [
            ...[prefix, after, limit + 1, among],
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

  async members({ channelId, after, limit }: MembersQuery) {
    // The database can't even be asked for what no id is.
    if (after !== undefined && !isStorable(after)) return ok({ items: [], hasMore: false });
    const found = await this.#database.query<MemberRow>(MEMBERS, [channelId, after ?? null, limit + 1]);
    if (!found.ok) return fail(found.failure);
    const items = found.rows.slice(0, limit).map((row): ListedMember => {
      const { user_id: id, name, role, joined_at: joinedAt } = row;
      return { user: { id, name }, role, joinedAt: Number(joinedAt) };
    });
    return ok({ items, hasMore: found.rows.length > limit });
  }

  async retentionOf(ids: readonly string[]): Promise<Result<ReadonlyMap<string, ChannelRetention>>> {
    const found = await this.#database.query<{ id: string; days: number | null; messages: number | null }>(
      RETENTION,
      [ids],
    );
    if (!found.ok) return fail(found.failure);
    return ok(
      new Map(
        found.rows.map(({ id, days, messages }) => [
          id,
          { retentionDays: days, retentionMessages: messages },
        ]),
      ),
    );
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
    retention: Partial<ChannelRetention> = {},
  ): Promise<Result<{ readonly created: boolean; readonly channel: ChannelSummary }>> {
    const { id, name, topic, description, private: isPrivate } = channel;
    const values = [
      ...[id, name, topic ?? null, isPrivate, by.id, now, by.name ?? by.id, description ?? null],
      JSON.stringify(retention),
    ];
    const kept = auditCall(creationOf(channel, by, now, retention), values.length + 1);
    const made = await this.#database.query<ChannelRow>(CREATE(kept), [...values, ...kept.values]);
    if (!made.ok) return fail(made.failure);
    const [row] = made.rows;
    if (row !== undefined) return ok({ created: true, channel: summaryOf(row) });
    const existing = await this.find(channel.id);
    if (!existing.ok) return existing;
    return ok({ created: false, channel: existing.value ?? { id, name: id, private: true } });
  }
}

function summaryOf({
  id,
  name,
  topic,
  description,
  private: isPrivate,
  position,
  archived,
}: ChannelRow): ChannelSummary {
  return {
    ...{ id, name },
    ...(topic === null ? {} : { topic }),
    ...(description === null ? {} : { description }),
    private: isPrivate,
    ...(position === null ? {} : { position }),
    ...(archived ? { archived } : {}),
  };
}
