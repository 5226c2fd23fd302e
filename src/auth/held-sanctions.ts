/**
 * The bans and mutes from everywhere that hold at this moment. Those that end by themselves do so at their time, because
 * whoever asks is answered by the clock.
 */
import type { User } from '../protocol/entities.ts';
import { networkOf } from '../protocol/network.ts';
import { type Held, isInForce } from '../protocol/sanctions.ts';
import type { SanctionChange } from './sanction-store.ts';

interface HeldSanction extends Held {
  readonly id: string;
  readonly address: string | null;
}

/** See the head of the file. */
export class HeldSanctions {
  /** By user id. */
  readonly #bans = new Map<string, HeldSanction>();
  readonly #mutes = new Map<string, HeldSanction>();
  /** By the network of the address, then by the ban's id: one address may stand in several. */
  readonly #networks = new Map<string, Map<string, HeldSanction>>();

  /** Entries that are held. */
  get size(): number {
    return this.#bans.size + this.#mutes.size;
  }

  apply(changes: readonly SanctionChange[]): void {
    // What ended first: it may stand beside what took its place.
    for (const change of changes) if (change.isOver) this.#end(change);
    for (const change of changes) if (!change.isOver) this.#begin(change);
  }

  /** Forgets what has ended by itself. */
  tidy(now: number): void {
    for (const held of [this.#bans, this.#mutes]) {
      for (const [userId, sanction] of held) {
        if (!isInForce(sanction.until, now)) this.#forget(held, userId, sanction);
      }
    }
  }

  /** The ban that keeps the user out: their own, or of a guest that of where they come from (canonical). */
  banOf({ id, guest }: Pick<User, 'id' | 'guest'>, address: string | undefined, now: number): Held | null {
    const own = this.#bans.get(id);
    if (own !== undefined && isInForce(own.until, now)) return own;
    return guest ? this.banOfAddress(address, now) : null;
  }

  /** The ban that keeps guests of this address out. Its reason is somebody else's. */
  banOfAddress(address: string | undefined, now: number): Held | null {
    if (address === undefined || this.#networks.size === 0) return null;
    for (const ban of this.#networks.get(networkOf(address))?.values() ?? []) {
      if (isInForce(ban.until, now)) return { until: ban.until };
    }
    return null;
  }

  /** Until when the user is muted; null: without end, undefined: not at all. */
  mutedUntil(userId: string, now: number): number | null | undefined {
    const mute = this.#mutes.get(userId);
    return mute !== undefined && isInForce(mute.until, now) ? mute.until : undefined;
  }

  #begin({ id, kind, userId, until, reason, address }: SanctionChange): void {
    const held = kind === 'ban' ? this.#bans : this.#mutes;
    const known = held.get(userId);
    if (known !== undefined) this.#forget(held, userId, known);
    const sanction = { id, until, address: address ?? null, ...(reason === undefined ? {} : { reason }) };
    held.set(userId, sanction);
    if (address === undefined) return;
    const network = networkOf(address);
    const bans = this.#networks.get(network) ?? new Map<string, HeldSanction>();
    this.#networks.set(network, bans.set(id, sanction));
  }

  #end({ id, kind, userId }: SanctionChange): void {
    const held = kind === 'ban' ? this.#bans : this.#mutes;
    const known = held.get(userId);
    if (known?.id === id) this.#forget(held, userId, known);
  }

  #forget(held: Map<string, HeldSanction>, userId: string, { id, address }: HeldSanction): void {
    held.delete(userId);
    if (address === null) return;
    const network = networkOf(address);
    const bans = this.#networks.get(network);
    bans?.delete(id);
    if (bans?.size === 0) this.#networks.delete(network);
  }
}
