/** What clients ask of inboxes, and what they may be answered: whispers, marks, pages, blocks and policies. */
import type { Replies, ServerFrame } from '../../src/protocol/events.ts';
import { WHISPER_POLICIES, type WhisperPolicy, whisperIdOf } from '../../src/protocol/whispers.ts';
import type { StoredEvent } from '../../src/shard/ports/channel-log.ts';
import type { Recover } from './channel-view.ts';
import type { PlacedWhisper, Resumed } from './inbox-view.ts';
import { SimChoice } from './sim-choice.ts';
import type { SimClient, SimUser } from './sim-client.ts';
import type { SimWorld } from './sim-world.ts';

/** A whisper, with what it came to. */
export interface SentWhisper {
  readonly from: SimUser;
  readonly to: SimUser;
  readonly content: string;
  readonly clientMessageId: string | undefined;
  /** The connection that it was sent over first. */
  readonly session: object | null;
  tries: number;
  placed: PlacedWhisper | null;
}

/** What a request may be refused with while the database or a shard is away. */
const PASSING = new Set(['unavailable', 'overloaded']);

export class SimWhispers {
  /** In the order of sending. */
  readonly sent: SentWhisper[] = [];
  readonly #world: SimWorld;
  readonly #policies = new Map<string, SimChoice<WhisperPolicy>>();
  /** By who blocks whom. */
  readonly #blocks = new Map<string, SimChoice<boolean>>();

  constructor(world: SimWorld) {
    this.#world = world;
  }

  /** A new whisper. */
  send(client: SimClient, to: SimUser, withKey: boolean): void {
    const number = this.sent.length + 1;
    const whisper: SentWhisper = {
      from: client.user,
      to,
      content: `whisper ${number} ${'x'.repeat(this.#world.random.int(1, 200))}`,
      clientMessageId: withKey ? `w${number}` : undefined,
      session: client.session,
      tries: 0,
      placed: null,
    };
    this.sent.push(whisper);
    this.again(client, whisper);
  }

  /** Sends, or sends again, over any connection of the sender. */
  again(client: SimClient, whisper: SentWhisper): void {
    const { to, content, clientMessageId } = whisper;
    whisper.tries += 1;
    const askedAt = this.#world.clock.mono();
    const person = this.#person(to);
    client.askInbox('whisper:send', { to: person, content, clientMessageId }, (frame) => {
      if (frame.type === 'ack') {
        this.#placed(client, whisper, frame.data as PlacedWhisper, askedAt);
        return true;
      }
      const code = codeOf(frame);
      if (code === 'not_found') return this.#mayBeRefused(whisper, askedAt);
      // A log that fails may refuse a row.
      return PASSING.has(code) || (code === 'bad_request' && this.#world.profile.faults);
    });
  }

  /** The client has read the whisper `event` of somebody, or has it. */
  mark(client: SimClient, type: 'whisper:read' | 'whisper:delivered', event: StoredEvent): void {
    const id = whisperIdOf(event.id);
    const data = { with: { id: event.sender }, id };
    client.askInbox(type, data, (frame) => {
      if (frame.type !== 'ack') return PASSING.has(codeOf(frame));
      const { unread } = frame.data as { readonly unread?: number };
      if (unread !== undefined) client.inbox.counts(event.sender, unread);
      return (unread !== undefined) === (type === 'whisper:read');
    });
  }

  resume(client: SimClient, recover: Recover, limit: number | undefined): void {
    client.askInbox('inbox:resume', { recover, limit }, (frame) => {
      if (frame.type === 'inbox:resumed') client.inbox.resumed(frame.data as Resumed, recover, limit);
      return frame.type === 'inbox:resumed' || PASSING.has(codeOf(frame));
    });
  }

  history(client: SimClient, person: SimUser | null, beforeSeq: number | undefined): void {
    const data = { beforeSeq, ...(person === null ? {} : { with: this.#person(person) }) };
    client.askInbox('whisper:history', data, (frame) => {
      if (frame.type !== 'whispers') return PASSING.has(codeOf(frame));
      client.inbox.history((frame.data as Replies['history']).events, person === null);
      return true;
    });
  }

  /** A request that is only answered: of `type`, by a frame of the type `answer`. */
  list(client: SimClient, type: 'whisper:conversations' | 'user:blocks', answer: string): void {
    client.askInbox(type, {}, (frame) => frame.type === answer || PASSING.has(codeOf(frame)));
  }

  block(client: SimClient, user: SimUser, isBlocked: boolean): void {
    const choice = this.#block(client.user, user);
    const choosing = choice.begin();
    client.askInbox(isBlocked ? 'user:block' : 'user:unblock', { user: this.#person(user) }, (frame) => {
      choice.end(choosing, frame.type === 'ack' ? isBlocked : null);
      return frame.type === 'ack' || PASSING.has(codeOf(frame));
    });
  }

  setPolicy(client: SimClient, from: WhisperPolicy): void {
    const choice = this.#policy(client.user);
    const choosing = choice.begin();
    client.askInbox('whisper:policy', { from }, (frame) => {
      choice.end(choosing, frame.type === 'ack' ? from : null);
      return frame.type === 'ack' ? isPolicy(frame, from) : PASSING.has(codeOf(frame));
    });
  }

  anyPolicy(): WhisperPolicy {
    return this.#world.random.pick(WHISPER_POLICIES);
  }

  #placed(client: SimClient, whisper: SentWhisper, placed: PlacedWhisper, askedAt: number): void {
    const { id, seq, duplicate = false } = placed;
    client.inbox.placed(placed);
    const stored = this.#world.store.log(`inbox:${whisper.from.id}`).events[seq - 1];
    const { to, content, clientMessageId } = JSON.parse(stored?.data ?? '{}') as {
      readonly to?: { readonly id: string };
      readonly content?: string;
      readonly clientMessageId?: string;
    };
    if (
      to?.id !== whisper.to.id ||
      content !== whisper.content ||
      clientMessageId !== whisper.clientMessageId
    ) {
      this.#broken(`an ack at ${seq} for ${whisper.content}, where ${stored?.data ?? 'nothing'} stands`);
    }
    const known = whisper.placed;
    if (known !== null && (known.id !== id || known.seq !== seq))
      this.#broken(`two places for ${whisper.content}`);
    if (known?.duplicate === undefined && known !== null && !duplicate)
      this.#broken(`${whisper.content} is acknowledged as new again`);
    // That it was new, which one answer may say, is kept.
    if (known === null || !duplicate) whisper.placed = placed;
    if (duplicate || whisper.from === whisper.to) return;
    const isBlocked = this.#block(whisper.to, whisper.from).was(true, askedAt);
    if (isBlocked || this.#policy(whisper.to).was('nobody', askedAt)) {
      this.#broken(`${whisper.content} came to ${whisper.to.name}, who does not want it`);
    }
  }

  /** Whether the recipient may not have wanted the whisper; one that was sent again may have met an older refusal. */
  #mayBeRefused({ from, to, tries }: SentWhisper, askedAt: number): boolean {
    if (from === to) return false;
    const isOpen = this.#policy(to).was('anyone', askedAt) && this.#block(to, from).was(false, askedAt);
    return tries > 1 || !isOpen;
  }

  #person({ id, name }: SimUser): object {
    return this.#world.random.chance(0.7) ? { id } : { name };
  }

  #policy({ id }: SimUser): SimChoice<WhisperPolicy> {
    let policy = this.#policies.get(id);
    if (policy === undefined) {
      policy = new SimChoice<WhisperPolicy>(this.#world, 'anyone');
      this.#policies.set(id, policy);
    }
    return policy;
  }

  #block(by: SimUser, user: SimUser): SimChoice<boolean> {
    const key = `${by.id} ${user.id}`;
    let block = this.#blocks.get(key);
    if (block === undefined) {
      block = new SimChoice<boolean>(this.#world, false);
      this.#blocks.set(key, block);
    }
    return block;
  }

  #broken(what: string): void {
    this.#world.broken(what);
  }
}

function codeOf({ type, data }: ServerFrame): string {
  return type === 'error' ? (data as Replies['error']).code : '';
}

function isPolicy({ data }: ServerFrame, policy: WhisperPolicy): boolean {
  return (data as { readonly from?: unknown }).from === policy;
}
