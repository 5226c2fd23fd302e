/** Messages of channels: in the order in which they come, each at its time; too long ones in several. */
import type { LogEntry } from '../shard/ports/channel-log.ts';
import { derivedId } from './derived-id.ts';
import type { MovedMessage, MovedOutcome } from './items.ts';
import { appendGroups, type GroupOutcome } from './log-append.ts';
import {
  ADDED,
  ERASED,
  erasedHere,
  found,
  KNOWN,
  leftOut,
  type MoveTarget,
  type MoveWriter,
  namesHere,
} from './move-target.ts';
import type { PlaceKeeper } from './place-keeper.ts';
import { messageParts, nearestName } from './read-value.ts';

const NO_NAME = 'Unknown';
// Whoever wrote in a private channel belongs to it.
const JOIN = `
  insert into channel_members (channel_id, user_id, name, role, joined_at)
  select $1, m.id, m.name, 'member', m.at from json_to_recordset($2) as m (id text, name text, at bigint)
  on conflict do nothing`;

/** See the head of the file. */
export class MessageWriter implements MoveWriter<MovedMessage> {
  readonly #target: MoveTarget;
  readonly #places: PlaceKeeper;

  constructor(target: MoveTarget, places: PlaceKeeper) {
    this.#target = target;
    this.#places = places;
  }

  async write(messages: readonly MovedMessage[]): Promise<readonly MovedOutcome[]> {
    const target = this.#target;
    const ids = messages.map(({ id }) => id);
    const known = new Set(await found(target, 'select id from events where id = any ($1)', ids));
    const erased = await erasedHere(
      target,
      messages.map(({ author }) => author.id),
    );
    const outcomes = new Map<MovedMessage, MovedOutcome>();
    const fresh: MovedMessage[] = [];
    for (const message of messages) {
      if (known.has(message.id)) outcomes.set(message, KNOWN);
      else if (erased.has(message.author.id)) outcomes.set(message, ERASED);
      else if (message.content === '') outcomes.set(message, leftOut('has no text'));
      else {
        const problem = await this.#places.problemOf(message.channel, message.timestamp);
        if (problem === null) fresh.push(this.#noticed(message));
        else outcomes.set(message, leftOut(problem));
      }
      // Two rows with one id: the first one counts.
      known.add(message.id);
    }
    if (target.dry) return messages.map((message) => outcomes.get(message) ?? ADDED);
    const names = await namesHere(
      target,
      fresh.map(({ author }) => author.id),
    );
    // A call of the log is of one channel: one that is deleted meanwhile takes nothing.
    for (const [, ofChannel] of Map.groupBy(fresh, ({ channel }) => channel.id)) {
      const groups = ofChannel.map((message) => ({ entries: this.#entriesOf(message, names) }));
      const appended = await appendGroups(target.log, groups);
      for (const [index, message] of ofChannel.entries()) outcomes.set(message, outcomeOf(appended[index]));
      await this.#join(
        ofChannel.filter((_, index) => appended[index] === 'landed'),
        names,
      );
    }
    return messages.map((message) => outcomes.get(message) ?? KNOWN);
  }

  #noticed(message: MovedMessage): MovedMessage {
    if (messageParts(message.content).length > 1) {
      this.#target.remark('messages', 'was too long for one message and is in several', message.from);
    }
    return message;
  }

  #entriesOf(message: MovedMessage, names: ReadonlyMap<string, string>): LogEntry[] {
    const { id: first, channel, author, timestamp, content } = message;
    const writer = { id: author.id, name: nameOf(message, names) };
    const parts = messageParts(content);
    return parts.map((part, index) => {
      const id = index === 0 ? first : derivedId(timestamp, first, String(index));
      return {
        ...{
          log: `channel:${channel.id}` as const,
          id,
          type: 'message:created',
          sender: author.id,
          timestamp,
        },
        data: JSON.stringify({ id, content: part, author: writer }),
      };
    });
  }

  async #join(messages: readonly MovedMessage[], names: ReadonlyMap<string, string>): Promise<void> {
    const [first] = messages;
    if (first?.channel.private !== true) return;
    const members = new Map(
      messages.map((message) => [
        message.author.id,
        { id: message.author.id, name: nameOf(message, names), at: message.timestamp },
      ]),
    );
    await this.#target.client.query(JOIN, [first.channel.id, JSON.stringify([...members.values()])]);
  }
}

function nameOf({ author }: MovedMessage, names: ReadonlyMap<string, string>): string {
  return names.get(author.id) ?? nearestName(author.name, NO_NAME);
}

/** What the log made of an entry that wasn't known before. */
export function outcomeOf(appended: GroupOutcome | undefined): MovedOutcome {
  switch (appended) {
    case 'landed':
      return ADDED;
    case 'gone':
      return leftOut('its channel was deleted here');
    case 'refused':
      return leftOut('the database can’t take it');
    case 'known':
    case undefined:
      return KNOWN;
  }
}
