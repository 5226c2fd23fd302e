/**
 * Who plays in the permission matrix, and what each cell is about. What a request uses up is made anew for the next one;
 * what is refused leaves it as it was, so all who are refused share one.
 */
import { randomUUID } from 'node:crypto';
import { rest } from '../support/account-client.ts';
import { upTo } from '../support/wire-client.ts';
import type { WireServer } from '../support/wire-server.ts';
import { type Actor, connected, guestPlayer, type Player } from './cast.ts';
import { makeThing } from './make-thing.ts';
import { ACTOR_NAMES, type ActorName, type ScopeName } from './outcomes.ts';
import { acked, CHANNELS, said, Stage, whispered } from './stage.ts';
import type { Thing, ThingKind } from './things.ts';

/** A user may ask a hundred times at once: so many users play each actor. */
const CASTS = 8;
/** Of each actor's own, made before the sanctions. */
const OWN_MESSAGES = 8;
const OWN_HELD = 2;
const OWN_WHISPERS = 3;

/** What an actor has made. */
interface Belongings {
  readonly messages: string[];
  readonly held: string[];
  readonly reports: string[];
  readonly sent: string[];
  readonly received: string[];
}

/** See the head of the file. */
export class World {
  /** What stands in for a private channel where there is none. */
  readonly nowhere = 'nowhere';
  readonly #stage: Stage;
  readonly #casts: Readonly<Record<ActorName, Actor>>[] = [];
  readonly #belongings = new Map<string, Belongings>();
  readonly #shared = new Map<string, Promise<Thing>>();

  private constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Starts the server and brings everybody where they belong. */
  static async open(): Promise<World> {
    const world = new World(await Stage.open());
    await Promise.all(upTo(CASTS).map(async (nth) => world.#cast(nth)));
    return world;
  }

  async close(): Promise<void> {
    await this.#stage.close();
  }

  get server(): WireServer {
    return this.#stage.server;
  }

  /** Who plays `actor` in the `nth` row. */
  actor(actor: ActorName, nth: number): Actor {
    const cast = this.#casts[nth % CASTS];
    if (cast === undefined) throw new Error('nobody plays');
    return cast[actor];
  }

  /** The channel of a cell that is about something in a channel. */
  channelOf(kind: ThingKind, scope: ScopeName, thing: Thing): string {
    if (kind === 'channel' || kind === 'channel of its own') return thing.id;
    return scope === 'private' ? CHANNELS.private : CHANNELS.own;
  }

  /** What a cell is about. `isUsedUp`: it has to be new. */
  async thing(kind: ThingKind, scope: ScopeName, actor: Actor, isUsedUp: boolean): Promise<Thing> {
    if (kind === 'channel' || kind === 'channel of its own') return this.#channel(kind, scope, actor);
    if (scope === 'missing') return this.#missing(kind);
    if (scope === 'own') return this.#own(kind, actor, isUsedUp);
    if (isUsedUp) return makeThing(this.#stage, kind, scope);
    const key = `${kind} ${scope}`;
    const shared = this.#shared.get(key) ?? makeThing(this.#stage, kind, scope);
    this.#shared.set(key, shared);
    return shared;
  }

  /** The token that a request brings along: one's own, the author's, or none. */
  tokenOf(kind: ThingKind, scope: ScopeName, actor: Actor): string {
    if (kind !== 'token' || scope === 'own') return actor.token;
    return scope === 'others' ? this.#stage.author.token : 'none';
  }

  /** The token of somebody who was banned everywhere. */
  async bannedEverywhere(): Promise<string> {
    return (await this.#stage.sanctioned('user:ban')).token;
  }

  /** The id of an administrator who never was here. */
  async absentAdministrator(): Promise<string> {
    return (await this.#stage.person('admin')).id;
  }

  async #channel(kind: 'channel' | 'channel of its own', scope: ScopeName, actor: Actor): Promise<Thing> {
    const isKept = kind === 'channel' && scope !== 'missing';
    const id = isKept
      ? CHANNELS[scope]
      : scope === 'missing'
        ? `absent-${randomUUID().slice(0, 8)}`
        : await this.#stage.founded(scope, actor);
    return { id, name: id };
  }

  #missing(kind: ThingKind): Thing {
    const id = randomUUID();
    if (kind === 'note') return { id: `${id} ${id}`, name: id };
    if (kind === 'act') return { id: '999999999', name: id };
    const isOfSomebody = kind === 'received whisper';
    return { id, name: isOfSomebody ? this.#stage.author.name : `nobody${id.slice(0, 8)}` };
  }

  #own(kind: ThingKind, actor: Actor, isUsedUp: boolean): Thing {
    const { id, name } = actor;
    const of = this.#belongings.get(id);
    const next = (from: string[] = []): Thing => {
      const found = isUsedUp ? from.shift() : from[0];
      if (found === undefined) throw new Error(`${name} has no ${kind} left: let there be more of them`);
      return { id: found, name: this.#stage.author.name };
    };
    switch (kind) {
      case 'message':
        return next(of?.messages);
      case 'held message':
        return next(of?.held);
      case 'report':
        return next(of?.reports);
      case 'sent whisper':
        return next(of?.sent);
      case 'received whisper':
        return next(of?.received);
      default:
        return { id, name };
    }
  }

  async #cast(nth: number): Promise<void> {
    const { accounts, server } = this.#stage;
    const { url } = server;
    const account = async (name: ActorName, ...roles: readonly ('moderator' | 'admin')[]): Promise<Player> =>
      connected(url, await accounts.make(`${name}${nth}`, ...roles));
    const owner = await account('owner');
    const token = await this.#stage.foreignToken(owner.id, `foreign${nth}`);
    const players: Record<ActorName, Player> = {
      guest: await guestPlayer(url, `visitor${nth}`),
      member: await account('member'),
      muted: await account('muted'),
      banned: await account('banned'),
      moderator: await account('moderator'),
      owner,
      staff: await account('staff', 'moderator'),
      administrator: await account('administrator', 'admin'),
      revoked: await account('revoked'),
      foreign: await connected(url, { id: '', name: '', token }),
    };
    await Promise.all(ACTOR_NAMES.map(async (name) => this.#settle(players[name])));
    await this.#appoint(players);
    const payload = { user_id: players.revoked.id };
    await rest(url, 'POST', '/revocations', { token: this.#stage.keeper().token, payload });
    const { code } = await players.revoked.client.closed;
    if (code !== 4004) throw new Error(`who is revoked was closed with ${code}`);
    const actors = ACTOR_NAMES.map((actor) => {
      const { client, ...person } = players[actor];
      return [actor, { ...person, actor, client: actor === 'revoked' ? null : client }] as const;
    });
    this.#casts[nth - 1] = Object.fromEntries(actors) as Record<ActorName, Actor>;
  }

  /** Everybody comes, writes and is written to. */
  async #settle(player: Player): Promise<void> {
    const { author } = this.#stage;
    await player.client.join(CHANNELS.own);
    const many = async (times: number, make: () => Promise<string>): Promise<string[]> =>
      Promise.all(upTo(times).map(make));
    const reported = async (): Promise<string> =>
      this.#stage.reported(CHANNELS.own, await said(player, CHANNELS.own, 'word'));
    this.#belongings.set(player.id, {
      messages: await many(OWN_MESSAGES, async () => said(player, CHANNELS.own, 'word')),
      held: await many(OWN_HELD, async () => said(player, CHANNELS.own, 'hold this')),
      reports: await many(1, reported),
      sent: await many(OWN_WHISPERS, async () => whispered(player, author)),
      received: await many(1, async () => whispered(author, player)),
    });
  }

  async #appoint({ moderator, owner, staff, administrator, muted, banned }: Record<ActorName, Player>) {
    const { client } = this.#stage.keeper();
    const act = async (type: string, { id }: Player, more: object = {}): Promise<void> => {
      acked(await client.request(type, CHANNELS.own, { user: { id }, ...more }));
    };
    await act('channel:role', moderator, { role: 'moderator' });
    await act('channel:role', owner, { role: 'owner' });
    await act('channel:invite', staff);
    await act('channel:invite', administrator);
    await act('channel:mute', muted);
    await act('user:ban', banned);
  }
}
