/** Bans and mutes: what holds goes on holding until its time, what is over stays as it was. */
import type { LogEntry } from '../shard/ports/channel-log.ts';
import type { MovedOutcome, MovedPerson, MovedSanction } from './items.ts';
import { appendGroups } from './log-append.ts';
import { ADDED, found, KNOWN, leftOut, type MoveTarget, type MoveWriter, namesHere } from './move-target.ts';
import type { PlaceKeeper } from './place-keeper.ts';
import { nearestName } from './read-value.ts';

const NO_NAME = 'Unknown';
const IN_FORCE = `
  select id, until from sanctions
  where channel_id is not distinct from $1 and kind = $2 and user_id = $3 and ended_at is null
    and (until is null or until > $4)`;
const END = 'update sanctions set ended_at = least(until, $2), change = $3 where id = any ($1)';
const INSERT = `
  insert into sanctions
    (id, channel_id, kind, user_id, user_name, by_id, by_name, reason, created_at, until, ended_at, ended_by, ended_by_name, change)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`;

interface Named {
  readonly user: { readonly id: string; readonly name: string };
  readonly by: { readonly id: string; readonly name: string };
}

/** See the head of the file. */
export class SanctionWriter implements MoveWriter<MovedSanction> {
  readonly #target: MoveTarget;
  readonly #places: PlaceKeeper;

  constructor(target: MoveTarget, places: PlaceKeeper) {
    this.#target = target;
    this.#places = places;
  }

  async write(sanctions: readonly MovedSanction[]): Promise<readonly MovedOutcome[]> {
    const target = this.#target;
    const known = new Set(
      await found(
        target,
        'select id from sanctions where id = any ($1)',
        sanctions.map(({ id }) => id),
      ),
    );
    const names = await namesHere(
      target,
      sanctions.flatMap(({ user, by }) => [user.id, by.id]),
    );
    const outcomes: MovedOutcome[] = [];
    for (const sanction of sanctions) {
      const { id, channel, createdAt } = sanction;
      const problem = channel === null ? null : await this.#places.problemOf(channel, createdAt);
      if (known.has(id)) outcomes.push(KNOWN);
      else if (problem !== null) outcomes.push(leftOut(problem));
      else if (target.dry) outcomes.push(ADDED);
      else outcomes.push(await this.#put(sanction, names));
      known.add(id);
    }
    return outcomes;
  }

  async #put(sanction: MovedSanction, names: ReadonlyMap<string, string>): Promise<MovedOutcome> {
    const { client, now } = this.#target;
    const { channel, kind, until, pardoned } = sanction;
    const at = now();
    const shown = ({ id, name }: MovedPerson) => ({ id, name: names.get(id) ?? nearestName(name, NO_NAME) });
    const named = { user: shown(sanction.user), by: shown(sanction.by) };
    const isOver = pardoned || (until !== null && until <= at);
    await client.query('begin');
    try {
      // Of those from everywhere the head is locked first, as whoever bans does.
      const change = channel === null ? await this.#nextChange() : null;
      const values = [channel?.id ?? null, kind, named.user.id, at];
      const { rows } = await client.query<{ id: string; until: string | null }>(IN_FORCE, values);
      const holdsLonger = rows.some(
        (other) => other.until === null || (until !== null && Number(other.until) >= until),
      );
      if (!isOver && !holdsLonger && channel !== null) {
        await client.query('commit');
        return await this.#append(sanction, named, channel.id);
      }
      if (!isOver && !holdsLonger && rows.length > 0) {
        await client.query(END, [rows.map(({ id }) => id), at, change]);
      }
      // When it was pardoned nobody noted; what is over by its time ended then.
      const endedAt =
        pardoned || (!isOver && holdsLonger) ? Math.min(at, until ?? at) : isOver ? until : null;
      const by = pardoned ? named.by : null;
      await client.query(INSERT, [
        ...[
          sanction.id,
          channel?.id ?? null,
          kind,
          named.user.id,
          named.user.name,
          named.by.id,
          named.by.name,
        ],
        ...[sanction.reason, sanction.createdAt, until, endedAt, by?.id ?? null, by?.name ?? null, change],
      ]);
      await client.query('commit');
      return ADDED;
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
  }

  /** One that holds in a channel is an event of its log, so that who has the channel open follows. */
  async #append(sanction: MovedSanction, { user, by }: Named, channelId: string): Promise<MovedOutcome> {
    const { id, kind, reason, createdAt: timestamp, until } = sanction;
    const why = reason === null ? {} : { reason };
    const entry: LogEntry = {
      ...{
        log: `channel:${channelId}`,
        id,
        type: kind === 'ban' ? 'member:banned' : 'member:muted',
        sender: by.id,
        timestamp,
      },
      data: JSON.stringify({ user, by, ...why, ...(until === null ? {} : { until }) }),
      changes: [
        {
          kind: 'sanction',
          sanction: { kind, user: user.id, name: user.name, by: by.id, byName: by.name, ...why, until },
        },
      ],
    };
    const [appended] = await appendGroups(this.#target.log, [{ entries: [entry] }]);
    if (appended === 'refused') return leftOut('the database can’t take it');
    return appended === 'gone' ? leftOut('its channel was deleted here') : ADDED;
  }

  async #nextChange(): Promise<string | null> {
    const { rows } = await this.#target.client.query<{ change: string }>(
      'select next_security_change() as change',
    );
    return rows[0]?.change ?? null;
  }
}
