/** The channels that things go to: made where they aren't there, and looked at before anything goes into one. */
import { deletedHere, type MoveTarget } from './move-target.ts';
import type { MovedChannel, MovedPlace } from './items.ts';

const MAKE = `
  insert into channels (id, name, description, private, created_by, created_at, position)
  values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing returning id`;
const OWN = `
  insert into channel_members (channel_id, user_id, name, role, joined_at)
  select $1, user_id, name, 'owner', $3 from names where user_id = $2 on conflict do nothing`;

/** What is known of a channel: it may be written into, or why not. */
interface KnownPlace {
  readonly problem: string | null;
}

/** See the head of the file. */
export class PlaceKeeper {
  readonly #target: MoveTarget;
  readonly #known = new Map<string, KnownPlace>();

  constructor(target: MoveTarget) {
    this.#target = target;
  }

  /** Makes the channel unless it is there; whether it made it, or why nothing may go into it. */
  async make(channel: MovedChannel): Promise<{ readonly made: boolean } | { readonly problem: string }> {
    const { client, dry, now } = this.#target;
    const { id, name, description, owner, place } = channel;
    const before = await this.#look(channel);
    if (before !== null) return before.problem === null ? { made: false } : { problem: before.problem };
    this.#known.set(id, { problem: null });
    if (dry) return { made: true };
    const at = channel.createdAt ?? now();
    const made = await client.query(MAKE, [id, name, description, channel.private, owner, at, place]);
    if (made.rowCount === 1 && owner !== null) await client.query(OWN, [id, owner, at]);
    return { made: made.rowCount === 1 };
  }

  /** Why nothing may go into the channel; null: it may, and it is there. */
  async problemOf(place: MovedPlace, at: number): Promise<string | null> {
    const known = this.#known.get(place.id);
    if (known !== undefined) return known.problem;
    const made = await this.make({
      ...place,
      from: place.id,
      description: null,
      place: null,
      owner: null,
      createdAt: at,
    });
    const problem = 'problem' in made ? made.problem : null;
    this.#known.set(place.id, { problem });
    return problem;
  }

  /** Null: it isn't there. */
  async #look({ id, private: isPrivate }: MovedPlace): Promise<KnownPlace | null> {
    const { rows } = await this.#target.client.query<{ private: boolean; deleted: boolean }>(
      'select private, deleted_at is not null as deleted from channels where id = $1',
      [id],
    );
    const [row] = rows;
    if (row === undefined) {
      const gone = await deletedHere(this.#target, 'channel', [id]);
      return gone.has(id) ? this.#keep(id, 'its channel was deleted here') : null;
    }
    if (row.deleted) return this.#keep(id, 'its channel was deleted here');
    // What was for few isn't shown to all.
    if (isPrivate && !row.private) return this.#keep(id, `its channel was private, and ${id} is public here`);
    return this.#keep(id, null);
  }

  #keep(id: string, problem: string | null): KnownPlace {
    const known = { problem };
    this.#known.set(id, known);
    return known;
  }
}
