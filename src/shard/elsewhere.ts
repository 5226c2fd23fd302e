/**
 * What concerns this shard of what other servers of the database say, and of what is found where they said nothing. Every
 * shard hears all of it; what no channel or inbox here is about costs a look into a map. Hints are followed by reads; what
 * stands in no log (who types, receipts, frames to a user) is told to whom it concerns here.
 */
import { toModerators } from '../channel/held.ts';
import { toHandlers } from '../channel/reports.ts';
import { typingElsewhere } from '../channel/typing.ts';
import { inboxLog } from '../inbox/whisper.ts';
import type { LogKey } from '../log/entry.ts';
import type { GroupPlacement, AppendEntry } from './ports/channel-log.ts';
import { shardOf } from '../threads/shard-of.ts';
import type { ActorTable } from './actor-table.ts';
import type { ChannelFollowers } from './channel-followers.ts';
import type { InboxTable } from './inbox-table.ts';
import { LogWatch } from './log-watch.ts';
import type { UserTold } from './mesh.ts';
import { paused } from './retry-pause.ts';
import type { OtherServers, ServerWord } from './ports/other-servers.ts';
import type { ShardPorts } from './ports/shard-ports.ts';

/** What is told by every server that has the channel loaded: by this one then, without being told to. */
const TOLD_BY_EACH: ReadonlySet<string> = new Set(['channel:invited', 'channel:deleted']);
/** A receipt waits so long for its whisper, ms: that is on its way here, and may have to be read. */
const RECEIPT_PATIENCE_MS = 500;
/** Looks at what is too busy to be let go of, and the pause between them, ms. */
const MOST_LOOKS = 50;
const FORGET_AGAIN_MS = 100;
/** Receipts that wait. */
const MOST_RECEIPTS = 1_000;

/** What it needs of its shard. */
export interface ElsewhereHost {
  readonly index: number;
  readonly shards: number;
  readonly ports: ShardPorts;
  readonly actors: ActorTable;
  readonly inboxes: InboxTable;
  readonly followers: Pick<ChannelFollowers, 'behind'>;
  /** Lets go of what is held in memory; whether all of it is gone. */
  forget(): Promise<boolean>;
  /** To the shard of a user's inbox. */
  send(shard: number, message: UserTold): void;
}

export class Elsewhere {
  readonly #host: ElsewhereHost;
  readonly #watch: LogWatch;
  #receipts = 0;
  #mustForget = false;
  #isForgetting = false;
  #closed = false;

  constructor(host: ElsewhereHost) {
    this.#host = host;
    const { others } = host.ports;
    others?.listen({
      moved: (logs) => {
        for (const [log, head] of logs) this.#moved(log, head);
      },
      changed: (logs) => {
        for (const log of logs) this.#changed(log);
      },
      said: (words) => {
        for (const word of words) this.#said(word);
      },
    });
    this.#watch = new LogWatch({
      ports: host.ports,
      others,
      channels: () => host.actors.watched(),
      inboxes: () => host.inboxes.watched(),
      found: (log, head) => {
        this.#found(log, head);
      },
    });
  }

  /** Whether another server may write in the logs of this one. */
  get hasOthers(): boolean {
    return this.#watch.hasOthers;
  }

  close(): void {
    this.#closed = true;
    this.#watch.close();
  }

  #moved(log: LogKey, head: number): void {
    if (log.startsWith('inbox:')) this.#host.inboxes.hinted(ownerOf(log), head);
    else {
      const { actors, followers } = this.#host;
      const id = log.slice('channel:'.length);
      const actor = actors.find(id);
      if (actor !== undefined) actor.reaches(head);
      // What is written from now on is counted as it is shown.
      else if (followers.behind(id, head)) actors.touch(id).reaches(head);
    }
  }

  #changed(log: LogKey): void {
    if (log.startsWith('inbox:')) this.#host.inboxes.reload(ownerOf(log));
    else this.#host.actors.ofLog(log)?.lookAgain();
  }

  /** By the database itself. */
  #found(log: LogKey, head: number | null): void {
    if (log.startsWith('inbox:')) {
      if (head === null) return;
      this.#host.inboxes.reaches(ownerOf(log), head);
      // What an import puts there it marks as read, and says so to nobody.
      if (this.#watch.hasImporter) this.#host.inboxes.reload(ownerOf(log));
    } else if (head === null) this.#host.actors.ofLog(log)?.lookAgain();
    else this.#host.actors.ofLog(log)?.reaches(head);
  }

  #said(word: ServerWord): void {
    switch (word.kind) {
      case 'typing':
        this.#typing(word);
        return;
      case 'told':
        this.#told(word);
        return;
      case 'moderators':
        this.#moderators(word);
        return;
      case 'receipt':
        if (this.#isHere(inboxLog(word.to))) this.#receipt(word);
        return;
      case 'forget':
        void this.#forget();
        return;
    }
  }

  #typing({ channelId, user, isOn }: Extract<ServerWord, { kind: 'typing' }>): void {
    const actor = this.#host.actors.find(channelId);
    const state = actor?.state;
    if (actor === undefined || state == null || state.deleted) return;
    actor.perform(typingElsewhere(state, { isOn, user, data: {} }, actor.context));
  }

  /** The channel's shard knows whether it tells that by itself. */
  #told({ channelId, user: to, frame, marked }: Extract<ServerWord, { kind: 'told' }>): void {
    if (!this.#isHere(channelId === null ? inboxLog(to) : `channel:${channelId}`)) return;
    const { type } = JSON.parse(frame) as { readonly type: string };
    const isLoaded = channelId !== null && this.#host.actors.find(channelId)?.state != null;
    if (isLoaded && TOLD_BY_EACH.has(type)) return;
    this.#host.send(shardOf(inboxLog(to), this.#host.shards), {
      ...{ kind: 'tell', to, frame },
      ...(marked === undefined ? {} : { marked }),
      ...(type === 'channel:invited' && channelId !== null ? { belongsTo: channelId } : {}),
    });
  }

  #moderators({ channelId, frame, but }: Extract<ServerWord, { kind: 'moderators' }>): void {
    const actor = this.#host.actors.find(channelId);
    const state = actor?.state;
    if (actor === undefined || state == null) return;
    const { type } = JSON.parse(frame) as { readonly type: string };
    const isReport = type === 'report:created';
    actor.perform(isReport ? toHandlers(state, frame, but, actor.context) : toModerators(state, frame, but));
  }

  #receipt(word: Extract<ServerWord, { kind: 'receipt' }>): void {
    const { to, receipt } = word;
    const { inboxes, ports } = this.#host;
    const head = inboxes.headOf(to);
    if (head === null) return;
    if (receipt.seq <= head) {
      inboxes.received(word);
      return;
    }
    if (this.#receipts >= MOST_RECEIPTS) return;
    inboxes.hinted(to, receipt.seq);
    this.#receipts += 1;
    ports.timers.after(RECEIPT_PATIENCE_MS, () => {
      this.#receipts -= 1;
      const now = inboxes.headOf(to);
      if (now !== null && receipt.seq <= now) inboxes.received(word);
    });
  }

  /** One time after the other, however often it is said. */
  async #forget(): Promise<void> {
    this.#mustForget = true;
    if (this.#isForgetting) return;
    this.#isForgetting = true;
    while (this.#mustForget && !this.#closed) {
      this.#mustForget = false;
      for (let look = 0; look < MOST_LOOKS; look += 1) {
        if (await this.#host.forget()) break;
        await paused(this.#host.ports.timers, FORGET_AGAIN_MS);
      }
    }
    this.#isForgetting = false;
  }

  #isHere(log: LogKey): boolean {
    return shardOf(log, this.#host.shards) === this.#host.index;
  }
}

/** Says up to where logs reach in which an entry and its companions landed. */
export function sayMoved(others: OtherServers, entry: AppendEntry, outcome: GroupPlacement): void {
  if (outcome.seq === 0 || outcome.duplicate) return;
  others.moved(entry.log, outcome.seq);
  if (entry.companions === undefined) return;
  for (const [nth, { log }] of entry.companions.entries()) {
    const seq = outcome.companions[nth]?.seq ?? 0;
    if (seq > 0) others.moved(log, seq);
  }
}

function ownerOf(log: LogKey): string {
  return log.slice('inbox:'.length);
}
