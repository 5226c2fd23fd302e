/**
 * The server, the people and the things of the permission matrix. What a request uses up is made anew for the next one;
 * what is refused leaves it as it was, so all who are refused share one.
 */
import { randomUUID } from 'node:crypto';
import { rest } from '../support/account-client.ts';
import { IssuerServer } from '../support/issuer-server.ts';
import { signedToken, tokenKey } from '../support/token-signer.ts';
import { closeWireClients, type Frame, upTo } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';
import { Accounts, type Actor, connected, guestPlayer, type Player } from './cast.ts';
import { ACTOR_NAMES, type ActorName, type ScopeName } from './outcomes.ts';
import type { ThingKind } from './things.ts';

/** A public channel that everybody is in, one that nobody is in, and a private one. */
export const CHANNELS = { own: 'lobby', others: 'hall', private: 'closet' } as const;
/** A user may ask a hundred times at once: so many users play each actor. */
const CASTS = 8;
const KEEPERS = 6;
/** Of each actor's own, made before the sanctions. */
const OWN_MESSAGES = 8;
const OWN_HELD = 2;
const OWN_WHISPERS = 3;

/** A thing that a request names. */
export interface Thing {
  readonly id: string;
  readonly name: string;
}

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
  readonly server: WireServer;
  /** What stands in for a private channel where there is none. */
  readonly nowhere = 'nowhere';
  readonly #accounts: Accounts;
  readonly #issuer: IssuerServer;
  readonly #casts: Readonly<Record<ActorName, Actor>>[] = [];
  readonly #belongings = new Map<string, Belongings>();
  readonly #keepers: Player[] = [];
  readonly #shared = new Map<string, Promise<Thing>>();
  #author!: Player;
  #reporter!: Player;
  #closetMessage = '';
  #made = 0;

  private constructor(server: WireServer, accounts: Accounts, issuer: IssuerServer) {
    this.server = server;
    this.#accounts = accounts;
    this.#issuer = issuer;
  }

  /** Starts the server and brings everybody where they belong. */
  static async open(): Promise<World> {
    const key = await tokenKey('k1');
    const issuer = await IssuerServer.start(key);
    const server = await startWireServer({
      ...{ SHARDS: '2', CHANNEL_CREATION: 'moderators' },
      ...{ OIDC_ISSUERS: issuer.issuer, OIDC_AUDIENCE: 'chat' },
    });
    const world = new World(server, await Accounts.open(server.database.connectionString), issuer);
    const foreign = (sub: string, name: string): Promise<string> =>
      signedToken(issuer.issuer, key, Date.now(), { claims: { sub, preferred_username: name } });
    await world.#furnish();
    await Promise.all(upTo(CASTS).map(async (nth) => world.#cast(nth, foreign)));
    return world;
  }

  async close(): Promise<void> {
    await closeWireClients();
    await this.#accounts.close();
    await this.server.end();
    await this.#issuer.stop();
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
    if (kind === 'channel') return this.#channel(scope);
    if (kind === 'channel of its own')
      return scope === 'missing' ? this.#channel(scope) : this.#founded(scope, actor);
    if (scope === 'missing') return this.#missing(kind);
    if (scope === 'own') return this.#own(kind, actor, isUsedUp);
    if (isUsedUp) return this.#make(kind, scope);
    const key = `${kind} ${scope}`;
    const shared = this.#shared.get(key) ?? this.#make(kind, scope);
    this.#shared.set(key, shared);
    return shared;
  }

  #channel(scope: ScopeName): Thing {
    const id = scope === 'missing' ? `absent-${randomUUID().slice(0, 8)}` : CHANNELS[scope];
    return { id, name: id };
  }

  /** A channel that is made for one cell: who asks is what they are in it already. */
  async #founded(scope: ScopeName, { actor, id: user }: Actor): Promise<Thing> {
    const id = `founded${(this.#made += 1)}`;
    await this.#post('/channels', { id, name: id, private: scope === 'private' });
    if (scope !== 'own') return { id, name: id };
    const { client } = this.#keeper();
    if (actor === 'owner' || actor === 'moderator') {
      acked(await client.request('channel:role', id, { user: { id: user }, role: actor }));
    } else if (actor === 'banned' || actor === 'muted') {
      acked(
        await client.request(actor === 'muted' ? 'channel:mute' : 'user:ban', id, { user: { id: user } }),
      );
    }
    return { id, name: id };
  }

  #missing(kind: ThingKind): Thing {
    const id = randomUUID();
    if (kind === 'note') return { id: `${id} ${id}`, name: id };
    if (kind === 'act') return { id: '999999999', name: id };
    const isOfSomebody = kind === 'received whisper';
    return { id, name: isOfSomebody ? this.#author.name : `nobody${id.slice(0, 8)}` };
  }

  #own(kind: ThingKind, actor: Actor, isUsedUp: boolean): Thing {
    const { id, name } = actor;
    const of = this.#belongings.get(id);
    const next = (from: string[] = []): Thing => {
      const found = isUsedUp ? from.shift() : from[0];
      if (found === undefined) throw new Error(`${name} has no ${kind} left: let there be more of them`);
      return { id: found, name: this.#author.name };
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

  /** Of somebody else; in the private channel where `scope` says so. */
  async #make(kind: ThingKind, scope: ScopeName): Promise<Thing> {
    const isHidden = scope === 'private';
    const channel = isHidden ? CHANNELS.private : CHANNELS.own;
    const writer = isHidden ? this.#keeper() : this.#author;
    switch (kind) {
      case 'message':
        return thingOf(isHidden ? this.#closetMessage : await said(writer, channel, 'word'));
      case 'held message':
        return thingOf(await said(await this.#newcomer(channel), channel, 'hold this'));
      case 'report':
        return thingOf(await this.#reported(channel, await said(writer, channel, 'word')));
      case 'person':
        return this.#person();
      case 'person muted here':
        return this.#sanctioned('channel:mute', channel);
      case 'person banned here':
        return this.#sanctioned('user:ban', channel);
      case 'person shadow-banned here':
        return this.#sanctioned('user:shadowban', channel);
      case 'person muted everywhere':
        return this.#sanctioned('user:mute');
      case 'person banned everywhere':
        return this.#sanctioned('user:ban');
      case 'sent whisper':
      case 'received whisper':
        return { id: await whispered(this.#author, this.#reporter), name: this.#author.name };
      case 'ban': {
        const { id } = await this.#person();
        const { ban_id: ban } = await this.#post<{ ban_id: string }>('/users/ban', { banished_id: id });
        return thingOf(ban);
      }
      case 'mute': {
        const { id } = await this.#person();
        const { mute_id: mute } = await this.#post<{ mute_id: string }>('/users/mute', { muted_id: id });
        return thingOf(mute);
      }
      case 'limit': {
        const id = `limited${(this.#made += 1)}`;
        const { token } = this.#keeper();
        const payload = { channel_id: id, message_limit: 5 };
        await rest(this.server.url, 'PATCH', '/ratelimits', { token, payload });
        return thingOf(id);
      }
      case 'rule':
        return thingOf((await this.#post<Thing>('/automod/rules', RULE)).id);
      case 'note': {
        const { id } = await this.#person();
        const note = await this.#post<Thing>(`/users/${id}/notes`, { text: 'words' });
        return thingOf(`${id} ${note.id}`);
      }
      case 'act': {
        const { token } = this.#keeper();
        const acts = await rest<{ items: { seq: number }[] }>(this.server.url, 'GET', '/audit?limit=1', {
          token,
        });
        return thingOf(String(acts.body.items[0]?.seq));
      }
      case 'channel':
      case 'channel of its own':
      case 'token':
        return { id: this.#author.id, name: this.#author.name };
    }
  }

  /** The token that a request brings along: one's own, the author's, or none. */
  tokenOf(kind: ThingKind, scope: ScopeName, actor: Actor): string {
    if (kind !== 'token' || scope === 'own') return actor.token;
    return scope === 'others' ? this.#author.token : 'none';
  }

  /** The token of somebody who was banned everywhere. */
  async bannedEverywhere(): Promise<string> {
    const { id, token } = await this.#accounts.make(`person${(this.#made += 1)}`);
    acked(await this.#keeper().client.request('user:ban', undefined, { user: { id } }));
    return token;
  }

  /** The id of an administrator who never was here. */
  async absentAdministrator(): Promise<string> {
    return (await this.#accounts.make(`person${(this.#made += 1)}`, 'admin')).id;
  }

  /** Somebody who looks after everything; they take turns, for each may ask only so often. */
  #keeper(): Player {
    const keeper = this.#keepers[(this.#made += 1) % KEEPERS];
    if (keeper === undefined) throw new Error('nobody keeps this');
    return keeper;
  }

  async #person(): Promise<Thing> {
    return this.#accounts.make(`person${(this.#made += 1)}`);
  }

  /** Whose message is held: of one author only so many wait. */
  async #newcomer(channel: string): Promise<Player> {
    const player = await connected(
      this.server.url,
      await this.#accounts.make(`newcomer${(this.#made += 1)}`),
    );
    if (channel === CHANNELS.private) await this.#invite(channel, player.id);
    await player.client.join(channel);
    return player;
  }

  async #invite(channel: string, id: string): Promise<void> {
    acked(await this.#keeper().client.request('channel:invite', channel, { user: { id } }));
  }

  async #sanctioned(type: string, channel?: string): Promise<Thing> {
    const person = await this.#person();
    acked(await this.#keeper().client.request(type, channel, { user: { id: person.id } }));
    return person;
  }

  async #reported(channel: string, id: string): Promise<string> {
    return acked(await this.#reporter.client.request('message:report', channel, { id, reason: 'spam' })).id;
  }

  async #post<T>(path: string, payload: object): Promise<T> {
    const { token } = this.#keeper();
    const answer = await rest<T>(this.server.url, 'POST', path, { token, payload });
    if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer.body;
  }

  /** Channels, who keeps them, and who writes what is somebody else's. */
  async #furnish(): Promise<void> {
    const { url } = this.server;
    const account = async (name: string, admin = false): Promise<Player> =>
      connected(url, await this.#accounts.make(name, ...(admin ? (['admin'] as const) : [])));
    this.#keepers.push(
      ...(await Promise.all(upTo(KEEPERS).map(async (nth) => account(`keeper${nth}`, true)))),
    );
    this.#author = await account('author');
    this.#reporter = await account('reporter');
    for (const id of Object.values(CHANNELS)) {
      await this.#post('/channels', { id, name: id, private: id === CHANNELS.private });
    }
    await this.#post('/automod/rules', { ...RULE, enabled: true, exempt: [] });
    for (const { client } of this.#keepers) await client.join(CHANNELS.private);
    await this.#invite(CHANNELS.private, this.#reporter.id);
    await this.#reporter.client.join(CHANNELS.private);
    for (const { client } of [this.#author, this.#reporter]) await client.join(CHANNELS.own);
    this.#closetMessage = await said(this.#keeper(), CHANNELS.private, 'word');
  }

  async #cast(nth: number, foreign: (sub: string, name: string) => Promise<string>): Promise<void> {
    const { url } = this.server;
    const account = async (name: ActorName, ...roles: readonly ('moderator' | 'admin')[]): Promise<Player> =>
      connected(url, await this.#accounts.make(`${name}${nth}`, ...roles));
    const owner = await account('owner');
    const stranger = { id: '', name: '', token: await foreign(owner.id, `foreign${nth}`) };
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
      foreign: await connected(url, stranger),
    };
    await Promise.all(ACTOR_NAMES.map(async (name) => this.#settle(players[name])));
    await this.#appoint(players);
    const { token } = this.#keeper();
    const revocation = { token, payload: { user_id: players.revoked.id } };
    await rest(url, 'POST', '/revocations', revocation);
    const { code } = await players.revoked.client.closed;
    if (code !== 4004) throw new Error(`who is revoked was closed with ${code}`);
    const actors = ACTOR_NAMES.map((actor) => {
      const { id, name, token: own, client } = players[actor];
      return [actor, { actor, id, name, token: own, client: actor === 'revoked' ? null : client }] as const;
    });
    this.#casts[nth - 1] = Object.fromEntries(actors) as Record<ActorName, Actor>;
  }

  /** Everybody comes, writes and is written to. */
  async #settle(player: Player): Promise<void> {
    const { client } = player;
    await client.join(CHANNELS.own);
    const many = async (times: number, make: () => Promise<string>): Promise<string[]> =>
      Promise.all(upTo(times).map(make));
    const reported = async (): Promise<string> =>
      this.#reported(CHANNELS.own, await said(player, CHANNELS.own, 'word'));
    this.#belongings.set(player.id, {
      messages: await many(OWN_MESSAGES, async () => said(player, CHANNELS.own, 'word')),
      held: await many(OWN_HELD, async () => said(player, CHANNELS.own, 'hold this')),
      reports: await many(1, reported),
      sent: await many(OWN_WHISPERS, async () => whispered(player, this.#author)),
      received: await many(1, async () => whispered(this.#author, player)),
    });
  }

  async #appoint({ moderator, owner, staff, administrator, muted, banned }: Record<ActorName, Player>) {
    const { client } = this.#keeper();
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

/** Messages with this word wait for a moderator. */
const RULE = {
  name: 'a rule',
  enabled: false,
  when: { kind: 'words', words: ['hold'] },
  action: { kind: 'hold' },
};

function thingOf(id: string): Thing {
  return { id, name: id };
}

/** The message's id, also of one that is held. */
async function said({ client }: Player, channel: string, content: string): Promise<string> {
  return acked(await client.request('message:send', channel, { content })).id;
}

async function whispered({ client }: Player, { id }: Player): Promise<string> {
  return acked(await client.request('whisper:send', undefined, { to: { id }, content: 'psst' })).id;
}

function acked(answer: Frame): Frame['data'] {
  if (answer.type !== 'ack') throw new Error(JSON.stringify(answer));
  return answer.data;
}
