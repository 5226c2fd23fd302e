/** How far correspondents have come with one's own whispers. They are told by id, and kept by place. */
import type { InboxSummary, WhisperReceipt } from '../protocol/inbox-events.ts';
import type { Receipts } from './inbox-news.ts';

/** A whisper of one's own that may not have been read. */
interface SentPlace {
  readonly to: string;
  readonly seq: number;
}

/** Ids that are kept; where an older one is told, the server is asked. */
const MAX_PLACES = 1_000;
const NONE: Receipts = { delivered: 0, read: 0 };

/** See the head of the file. */
export class WhisperReceipts {
  readonly #onChange: (change: Receipts & { readonly with: string }) => void;
  readonly #of = new Map<string, Receipts>();
  /** By the whisper's id, oldest first. */
  readonly #places = new Map<string, SentPlace>();

  constructor(onChange: (change: Receipts & { readonly with: string }) => void) {
    this.#onChange = onChange;
  }

  /** How far `userId` has come. */
  of(userId: string): Receipts {
    return this.#of.get(userId) ?? NONE;
  }

  /** The server tells where the inbox stands. */
  set({ conversations }: InboxSummary): void {
    for (const { with: userId, delivered, read } of conversations) this.grow(userId, { delivered, read });
  }

  /** A whisper of one's own is known. */
  sent(id: string, to: string, seq: number): void {
    if (seq <= this.of(to).read) return;
    this.#places.set(id, { to, seq });
    for (const oldest of this.#places.keys()) {
      if (this.#places.size <= MAX_PLACES) break;
      this.#places.delete(oldest);
    }
  }

  /** A correspondent has come up to a whisper. False: it isn't known where that stands. */
  came(type: 'whisper:delivered' | 'whisper:read', { id, by }: WhisperReceipt): boolean {
    const place = this.#places.get(id);
    if (place === undefined) return false;
    this.grow(by.id, { delivered: place.seq, read: type === 'whisper:read' ? place.seq : 0 });
    return true;
  }

  /** A correspondent has come at least so far; what is read is delivered. */
  grow(userId: string, { delivered, read }: Receipts): void {
    const before = this.of(userId);
    const after = {
      delivered: Math.max(before.delivered, delivered, read),
      read: Math.max(before.read, read),
    };
    if (after.delivered === before.delivered && after.read === before.read) return;
    this.#of.set(userId, after);
    for (const [id, { to, seq }] of this.#places) {
      if (to === userId && seq <= after.read) this.#places.delete(id);
    }
    this.#onChange({ with: userId, ...after });
  }

  /** Another log begins: places of the one before mean nothing in it. */
  clear(): void {
    this.#of.clear();
    this.#places.clear();
  }
}
