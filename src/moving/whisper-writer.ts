/** Private messages, into both inboxes, as read: they are old. */
import { entryOf, whisperOf } from '../inbox/whisper.ts';
import type { LogEntry } from '../shard/ports/channel-log.ts';
import { derivedId } from './derived-id.ts';
import type { MovedOutcome, MovedPerson, MovedWhisper } from './items.ts';
import { appendGroups } from './log-append.ts';
import { outcomeOf } from './message-writer.ts';
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
import { messageParts, nearestName } from './read-value.ts';

const NO_NAME = 'Unknown';
// Conversations in which nothing else is unread: what came here meanwhile stays so.
const MARK = `
  select mark_whispers(coalesce(json_agg(json_build_object(
    'owner', c.owner, 'correspondent', c.correspondent, 'delivered', c.last_seq, 'read', c.last_seq)), '[]'))
  from json_to_recordset($1) as m (owner text, correspondent text, landed bigint)
  join conversations as c on c.owner = m.owner and c.correspondent = m.correspondent and c.unread <= m.landed`;

/** See the head of the file. */
export class WhisperWriter implements MoveWriter<MovedWhisper> {
  readonly #target: MoveTarget;

  constructor(target: MoveTarget) {
    this.#target = target;
  }

  async write(whispers: readonly MovedWhisper[]): Promise<readonly MovedOutcome[]> {
    const target = this.#target;
    const ids = whispers.map(({ id }) => id);
    const known = new Set(await found(target, 'select id from events where id = any ($1)', ids));
    const erased = await erasedHere(
      target,
      whispers.flatMap(({ sender, recipient }) => [sender.id, recipient.id]),
    );
    const outcomes = new Map<MovedWhisper, MovedOutcome>();
    const fresh: MovedWhisper[] = [];
    for (const whisper of whispers) {
      if (known.has(whisper.id)) outcomes.set(whisper, KNOWN);
      else if (erased.has(whisper.sender.id) || erased.has(whisper.recipient.id))
        outcomes.set(whisper, ERASED);
      else if (whisper.content === '') outcomes.set(whisper, leftOut('has no text'));
      else {
        if (messageParts(whisper.content).length > 1) {
          target.remark('whispers', 'was too long for one message and is in several', whisper.from);
        }
        fresh.push(whisper);
      }
      known.add(whisper.id);
    }
    if (!target.dry && fresh.length > 0) {
      const names = await namesHere(
        target,
        fresh.flatMap(({ sender, recipient }) => [sender.id, recipient.id]),
      );
      const groups = fresh.map((whisper) => ({ entries: this.#entriesOf(whisper, names) }));
      const appended = await appendGroups(target.log, groups);
      for (const [index, whisper] of fresh.entries()) outcomes.set(whisper, outcomeOf(appended[index]));
      const landed = fresh.flatMap((whisper, index) => (appended[index] === 'landed' ? [whisper] : []));
      await this.#markRead(landed);
    }
    return whispers.map((whisper) => outcomes.get(whisper) ?? ADDED);
  }

  #entriesOf(whisper: MovedWhisper, names: ReadonlyMap<string, string>): LogEntry[] {
    const { id: first, sender, recipient, timestamp, content } = whisper;
    const shown = ({ id, name }: MovedPerson) => ({ id, name: names.get(id) ?? nearestName(name, NO_NAME) });
    const parts = messageParts(content);
    return parts.flatMap((part, index) => {
      const id = index === 0 ? first : derivedId(timestamp, first, String(index));
      const created = { id, from: shown(sender), to: shown(recipient), content: part };
      const { companions = [], ...entry } = entryOf(whisperOf(created, timestamp));
      return [entry, ...companions];
    });
  }

  async #markRead(whispers: readonly MovedWhisper[]): Promise<void> {
    const landed = new Map<string, { owner: string; correspondent: string; landed: number }>();
    for (const { sender, recipient, content } of whispers) {
      if (sender.id === recipient.id) continue;
      const key = `${recipient.id}\n${sender.id}`;
      const mark = landed.get(key) ?? { owner: recipient.id, correspondent: sender.id, landed: 0 };
      mark.landed += messageParts(content).length;
      landed.set(key, mark);
    }
    if (landed.size > 0) await this.#target.client.query(MARK, [JSON.stringify([...landed.values()])]);
  }
}
