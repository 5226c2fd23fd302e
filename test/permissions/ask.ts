/** Asks for what a cell of the permission matrix is about, and tells what came of it. */
import { isDeepStrictEqual } from 'node:util';
import { RequestSender } from '../support/described-requests.ts';
import { WireClient } from '../support/wire-client.ts';
import type { Actor } from './cast.ts';
import type { CommandRow } from './command-table.ts';
import type { MessageRow, ThingAsked } from './message-table.ts';
import {
  ACTOR_NAMES,
  type ActorName,
  isApplicable,
  type Outcomes,
  SCOPE_NAMES,
  type ScopedCells,
  type ScopeName,
} from './outcomes.ts';
import { OPEN, type RouteRow } from './route-table.ts';
import type { ThingKind } from './things.ts';
import { CHANNELS } from './stage.ts';
import type { World } from './world.ts';

/** What came: a code of the table, and the whole answer without what differs between any two. */
interface Answer {
  readonly outcome: string;
  readonly body: unknown;
}

/** One request: what is asked of whom, in which channel. */
interface Asked {
  readonly actor: Actor;
  readonly thing: ThingAsked;
  readonly channel: string;
}

type Ask = (asked: Asked) => Promise<Answer>;

/** Sends the requests of rows, and holds the answers against them. */
export class Asker {
  readonly #world: World;
  readonly #sender: RequestSender;
  #rows = 0;

  constructor(world: World) {
    this.#world = world;
    this.#sender = new RequestSender(world.server.url);
  }

  close(): void {
    this.#sender.close();
  }

  /** Which cells of a row of WebSocket requests the server gets wrong. */
  async message(name: string, row: MessageRow): Promise<string[]> {
    const type = typeOf(name);
    const ask: Ask = async ({ actor, thing, channel }) => {
      const data = row.data(thing);
      if (actor.client === null) return this.#revoked(type, data, row.inChannel ? channel : undefined);
      const answer = await request(actor.client, type, row.inChannel ? channel : undefined, data);
      if (answer.outcome === 'ok' && row.undo !== undefined) {
        await request(actor.client, row.undo, channel, {});
      }
      if (type === 'channel:join' && answer.outcome === 'ok' && channel !== CHANNELS.own) {
        await request(actor.client, 'channel:leave', channel, {});
      }
      return answer;
    };
    return this.#wrongCells(name, row, row.about, ask);
  }

  /** Who is told that data of a wrong form is wrong, instead of that they may not ask, and the other way round. */
  async malformed(name: string, row: MessageRow): Promise<string[]> {
    this.#rows += 1;
    const type = typeOf(name);
    const wrong: string[] = [];
    const check = async (actor: ActorName, scopes: readonly ScopeName[], channel: string): Promise<void> => {
      const expected = whereMalformed(scopes.map((scope) => row[scope]).filter(isApplicable), actor);
      const { client } = this.#world.actor(actor, this.#rows);
      if (client === null || expected === null) return;
      const { outcome } = await request(client, type, row.inChannel ? channel : undefined, 7);
      if (outcome !== expected) {
        wrong.push(`${name}, ${actor}, in ${channel}: ${expected} was expected, came ${outcome}`);
      }
    };
    const here: readonly ScopeName[] = row.about === 'channel' ? ['own'] : ['own', 'others'];
    await Promise.all(
      ACTOR_NAMES.flatMap((actor) => [
        check(actor, here, CHANNELS.own),
        check(actor, ['private'], CHANNELS.private),
      ]),
    );
    return wrong;
  }

  /** The same for a slash command. */
  async command(name: string, row: CommandRow): Promise<string[]> {
    const ask: Ask = async ({ actor, thing, channel }) => {
      const data = { content: row.text(thing) };
      if (actor.client === null) return this.#revoked('message:send', data, channel);
      return request(actor.client, 'message:send', channel, data);
    };
    return this.#wrongCells(`/${name}`, row, row.about, ask);
  }

  /** The same for a route. */
  async route(name: string, row: RouteRow): Promise<string[]> {
    const [method = '', pattern = ''] = name.split(' ');
    const ask: Ask = async ({ actor, thing }) => {
      const { parameter = '', query = '' } = row.path?.(thing) ?? {};
      const parts = parameter.split(' ').map(encodeURIComponent);
      const target = pattern.replace('*', '').replace(/:\w+/g, () => parts.shift() ?? '') + query;
      const body = row.body === undefined ? null : JSON.stringify(row.body(thing));
      const contentType = body === null ? null : 'application/json';
      const headers = { authorization: `Bearer ${actor.token}` };
      const answer = await this.#sender.send({ method, target, as: actor.name, contentType, body }, headers);
      const isLetIn = answer.status !== 401 && answer.status !== 403;
      const isOpen = isLetIn && isApplicable(row.own) && row.own.guest === OPEN;
      const isProblem = answer.contentType === 'application/problem+json';
      const outcome = isOpen ? OPEN : String(answer.status);
      return { outcome, body: isProblem ? JSON.parse(answer.body) : answer.body };
    };
    return this.#wrongCells(name, row, row.about, ask, row.isSerial);
  }

  async #wrongCells(
    name: string,
    row: ScopedCells,
    about: ThingKind,
    ask: Ask,
    isSerial = false,
  ): Promise<string[]> {
    this.#rows += 1;
    const wrong: string[] = [];
    for (const scope of SCOPE_NAMES) {
      const cells = row[scope];
      if (!isApplicable(cells)) continue;
      const check = async (actor: ActorName): Promise<void> => {
        const problem = await this.#problem(this.#world.actor(actor, this.#rows), scope, about, cells, ask);
        if (problem !== null) wrong.push(`${name}, ${actor}, ${scope}: ${problem}`);
      };
      if (!isSerial) await Promise.all(ACTOR_NAMES.map(check));
      else for (const actor of ACTOR_NAMES) await check(actor);
    }
    return wrong;
  }

  /** What is wrong with a cell, or null. */
  async #problem(
    actor: Actor,
    scope: ScopeName,
    about: ThingKind,
    cells: Readonly<Record<ActorName, string>>,
    ask: Ask,
  ): Promise<string | null> {
    const expected = cells[actor.actor];
    const isUsedUp = expected === 'ok' || expected.startsWith('20');
    const found = await this.#world.thing(about, scope, actor, isUsedUp);
    const thing = { ...found, token: this.#world.tokenOf(about, scope, actor) };
    const channel = this.#world.channelOf(about, scope, found);
    const answer = await ask({ actor, thing, channel });
    if (answer.outcome !== expected) {
      return `${expected} was expected, came ${answer.outcome}: ${JSON.stringify(answer.body).slice(0, 300)}`;
    }
    // Staff see private channels, and who is revoked sees nothing.
    if (scope !== 'private' || ['staff', 'administrator', 'revoked'].includes(actor.actor)) return null;
    const { nowhere } = this.#world;
    const elsewhere = about.startsWith('channel') ? { ...thing, id: nowhere, name: nowhere } : thing;
    const absent = await ask({ actor, thing: elsewhere, channel: nowhere });
    return isDeepStrictEqual(comparable(answer), comparable(absent))
      ? null
      : `a private channel is told from one that isn't there: ${JSON.stringify([answer, absent])}`;
  }

  /** Somebody whose token was revoked has no connection that knows them: nothing is answered before they say who they are. */
  async #revoked(type: string, data: object, channel: string | undefined): Promise<Answer> {
    const client = await WireClient.connect(this.#world.server.url);
    const answer = await request(client, type, channel, data).catch(async () => ({
      outcome: `closed ${(await client.closed).code}`,
      body: null,
    }));
    await client.close();
    return answer;
  }
}

const NOT_ALLOWED = ['unauthorized', 'forbidden', 'not_member', 'muted', 'banned', 'not_found'];

/** What data of a wrong form comes to: whoever may ask at all is told of it. Null: no such request can be. */
function whereMalformed(cells: readonly Outcomes[], actor: ActorName): string | null {
  const outcomes = cells.map((one) => one[actor]);
  if (outcomes.length === 0) return null;
  const refusal = outcomes.find((outcome) => NOT_ALLOWED.includes(outcome));
  return outcomes.includes('ok') || refusal === undefined ? 'bad_request' : refusal;
}

/** A row's type without its variant. */
export function typeOf(name: string): string {
  return name.replace(/ ?\(.*\)$/, '');
}

async function request(
  client: WireClient,
  type: string,
  channel: string | undefined,
  data: unknown,
): Promise<Answer> {
  const answer = await client.request(type, channel, data);
  return { outcome: answer.type === 'error' ? answer.data.code : 'ok', body: answer };
}

/** Without what no two answers have in common. */
function comparable({ outcome, body }: Answer): unknown {
  const text = JSON.stringify(body, (key, value: unknown) =>
    ['ref', 'timestamp', 'request_id', 'instance'].includes(key) ? undefined : value,
  );
  return { outcome, body: text.replaceAll(/nowhere|closet|founded\d+/g, 'channel') };
}
