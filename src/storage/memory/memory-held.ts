/** {@link HeldStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { AuditAct } from '../../protocol/audit-act.ts';
import { MAX_HELD_MESSAGES } from '../../protocol/limits.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import type { HeldMessage, HeldPage, HeldStore, HoldOutcome } from '../../shard/ports/held-store.ts';
import type { MemoryLogStore } from '../memory-log-store.ts';

/** Over the logs in `store`. */
export class MemoryHeld implements HeldStore {
  readonly #store: MemoryLogStore;
  #waiting: readonly HeldMessage[] = [];
  #rejected: readonly HeldMessage[] = [];

  constructor(store: MemoryLogStore) {
    this.#store = store;
  }

  async sent(
    channelId: string,
    author: string,
    clientMessageId: string,
  ): Promise<Result<{ readonly id: string; readonly seq: number } | null>> {
    return ok(this.#store.sent(`channel:${channelId}`, author, clientMessageId));
  }

  async hasSpoken(channelId: string, author: string): Promise<Result<boolean>> {
    const { events } = this.#store.log(`channel:${channelId}`);
    return ok(events.some((one) => one.sender === author && one.type === 'message:created'));
  }

  async hold(message: HeldMessage): Promise<Result<HoldOutcome>> {
    const isTwin = (one: HeldMessage): boolean =>
      one.id === message.id ||
      (message.clientMessageId !== undefined &&
        one.clientMessageId === message.clientMessageId &&
        one.channelId === message.channelId &&
        one.author.id === message.author.id);
    if (this.#rejected.some(isTwin)) return ok({ kind: 'rejected' });
    const twin = this.#waiting.find(isTwin);
    if (twin !== undefined) return ok({ kind: 'held', id: twin.id, duplicate: true });
    const others = this.#waiting.filter((one) => one.author.id === message.author.id);
    if (others.length >= MAX_HELD_MESSAGES) return ok({ kind: 'full' });
    this.#waiting = [...this.#waiting, message].sort((a, b) => (a.id < b.id ? -1 : 1));
    return ok({ kind: 'held', id: message.id, duplicate: false });
  }

  async list(channelId: string, after: string | null, limit: number): Promise<Result<HeldPage>> {
    const found = this.#waiting.filter(
      (one) => one.channelId === channelId && (after === null || one.id > after),
    );
    return ok({ items: found.slice(0, limit), hasMore: found.length > limit });
  }

  async find(channelId: string, id: string): Promise<Result<HeldMessage | null>> {
    return ok(this.#waiting.find((one) => one.channelId === channelId && one.id === id) ?? null);
  }

  async release(channelId: string, id: string, act: AuditAct): Promise<Result<void>> {
    const found = this.#waiting.some((one) => one.channelId === channelId && one.id === id);
    if (found) this.#end(channelId, id, act);
    return ok(undefined);
  }

  #end(channelId: string, id: string, act: AuditAct): void {
    this.#store.audit.add(act);
    this.#waiting = this.#waiting.filter((one) => one.channelId !== channelId || one.id !== id);
  }

  async reject(channelId: string, id: string, act: AuditAct): Promise<Result<HeldMessage | null>> {
    const found = await this.find(channelId, id);
    if (!found.ok || found.value === null) return found;
    this.#rejected = [...this.#rejected, found.value];
    this.#end(channelId, id, act);
    return found;
  }
}
