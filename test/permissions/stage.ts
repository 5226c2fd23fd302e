/** The server of the permission matrix, its channels, who keeps them, and who has written what is somebody else's. */
import { rest } from '../support/account-client.ts';
import { IssuerServer } from '../support/issuer-server.ts';
import { signedToken, type TokenKey, tokenKey } from '../support/token-signer.ts';
import { closeWireClients, type Frame, upTo } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';
import { Accounts, type Actor, connected, type Person, type Player } from './cast.ts';
import type { ScopeName } from './outcomes.ts';

/** A public channel that everybody is in, one that nobody is in, and a private one. */
export const CHANNELS = { own: 'lobby', others: 'hall', private: 'closet' } as const;
/** A user may ask a hundred times at once: so many keepers take turns. */
const KEEPERS = 6;

/** A rule of automod by which messages with this word wait for a moderator; off. */
export const RULE = {
  name: 'a rule',
  enabled: false,
  when: { kind: 'words', words: ['hold'] },
  action: { kind: 'hold' },
};

/** See the head of the file. */
export class Stage {
  readonly server: WireServer;
  readonly accounts: Accounts;
  /** Writes what is somebody else's. */
  author!: Player;
  /** Reports it. */
  reporter!: Player;
  /** A message of the private channel. */
  hiddenMessage = '';
  readonly #issuer: IssuerServer;
  readonly #key: TokenKey;
  readonly #keepers: Player[] = [];
  #numbers = 0;

  private constructor(server: WireServer, accounts: Accounts, issuer: IssuerServer, key: TokenKey) {
    this.server = server;
    this.accounts = accounts;
    this.#issuer = issuer;
    this.#key = key;
  }

  /** Starts the server, with an issuer beside it. */
  static async open(): Promise<Stage> {
    const key = await tokenKey('k1');
    const issuer = await IssuerServer.start(key);
    const server = await startWireServer({
      ...{ SHARDS: '2', CHANNEL_CREATION: 'moderators' },
      ...{ OIDC_ISSUERS: issuer.issuer, OIDC_AUDIENCE: 'chat' },
    });
    const accounts = await Accounts.open(server.database.connectionString);
    const stage = new Stage(server, accounts, issuer, key);
    await stage.#furnish();
    return stage;
  }

  async close(): Promise<void> {
    await closeWireClients();
    await this.accounts.close();
    await this.server.end();
    await this.#issuer.stop();
  }

  /** A token of the other issuer. */
  async foreignToken(sub: string, name: string): Promise<string> {
    const claims = { sub, preferred_username: name };
    return signedToken(this.#issuer.issuer, this.#key, Date.now(), { claims });
  }

  /** A number that nothing else has. */
  number(): number {
    return (this.#numbers += 1);
  }

  /** Somebody who looks after everything. */
  keeper(): Player {
    const keeper = this.#keepers[this.number() % KEEPERS];
    if (keeper === undefined) throw new Error('nobody keeps this');
    return keeper;
  }

  /** Somebody new, who isn't here. */
  async person(...roles: readonly 'admin'[]): Promise<Person> {
    return this.accounts.make(`person${this.number()}`, ...roles);
  }

  /** Somebody new in the channel: of one author only so many messages are held. */
  async newcomer(channel: string): Promise<Player> {
    const player = await connected(this.server.url, await this.accounts.make(`newcomer${this.number()}`));
    if (channel === CHANNELS.private) await this.#invite(player.id);
    await player.client.join(channel);
    return player;
  }

  /** A new person to whom this was done, in a channel or everywhere. */
  async sanctioned(type: string, channel?: string): Promise<Person> {
    const person = await this.person();
    acked(await this.keeper().client.request(type, channel, { user: { id: person.id } }));
    return person;
  }

  /** The id of a report of a message. */
  async reported(channel: string, id: string): Promise<string> {
    return acked(await this.reporter.client.request('message:report', channel, { id, reason: 'spam' })).id;
  }

  /** A channel that is made for one cell: who asks is what they are in it already. */
  async founded(scope: ScopeName, { actor, id: user }: Actor): Promise<string> {
    const id = `founded${this.number()}`;
    await this.post('/channels', { id, name: id, private: scope === 'private' });
    if (scope !== 'own') return id;
    const act = async (type: string, more: object = {}): Promise<void> => {
      acked(await this.keeper().client.request(type, id, { user: { id: user }, ...more }));
    };
    if (actor === 'owner' || actor === 'moderator') await act('channel:role', { role: actor });
    if (actor === 'muted') await act('channel:mute');
    if (actor === 'banned') await act('user:ban');
    return id;
  }

  /** Makes something over REST, as a keeper. */
  async post<T>(path: string, payload: object): Promise<T> {
    const { token } = this.keeper();
    const answer = await rest<T>(this.server.url, 'POST', path, { token, payload });
    if (answer.status !== 201 && answer.status !== 202) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer.body;
  }

  async #invite(id: string): Promise<void> {
    acked(await this.keeper().client.request('channel:invite', CHANNELS.private, { user: { id } }));
  }

  async #furnish(): Promise<void> {
    const { url } = this.server;
    const account = async (name: string, ...roles: readonly 'admin'[]): Promise<Player> =>
      connected(url, await this.accounts.make(name, ...roles));
    const keepers = upTo(KEEPERS).map(async (nth) => account(`keeper${nth}`, 'admin'));
    this.#keepers.push(...(await Promise.all(keepers)));
    this.author = await account('author');
    this.reporter = await account('reporter');
    for (const id of Object.values(CHANNELS)) {
      await this.post('/channels', { id, name: id, private: id === CHANNELS.private });
    }
    await this.post('/automod/rules', { ...RULE, enabled: true, exempt: [] });
    await this.#invite(this.reporter.id);
    for (const { client } of [...this.#keepers, this.reporter]) await client.join(CHANNELS.private);
    for (const { client } of [this.author, this.reporter]) await client.join(CHANNELS.own);
    this.hiddenMessage = await said(this.keeper(), CHANNELS.private, 'word');
  }
}

/** The message's id, also of one that is held. */
export async function said({ client }: Player, channel: string, content: string): Promise<string> {
  return acked(await client.request('message:send', channel, { content })).id;
}

/** The whisper's id. */
export async function whispered({ client }: Player, { id }: Player): Promise<string> {
  return acked(await client.request('whisper:send', undefined, { to: { id }, content: 'psst' })).id;
}

/** What an `ack` holds; throws where it is something else. */
export function acked(answer: Frame): Frame['data'] {
  if (answer.type !== 'ack') throw new Error(JSON.stringify(answer));
  return answer.data;
}
