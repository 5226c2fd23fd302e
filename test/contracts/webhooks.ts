/** What every {@link WebhookStore} keeps to. Run by memory-webhooks and postgres-webhooks. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditLog } from '../../src/admin/ports/audit-log.ts';
import type { SigningWebhook, WebhookStore } from '../../src/admin/ports/webhook-store.ts';
import { type AuditAct, actBy } from '../../src/protocol/audit-act.ts';
import { valueOf } from './stores.ts';

/** Hooks, the audit log of their database, and a channel's log that events go to. */
export interface WebhooksFixture {
  readonly hooks: WebhookStore;
  readonly audit: AuditLog;
  /** A committed event of the channel `general`; its id. */
  add(type: string, timestamp: number): Promise<string>;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;
const UNTIL = NOW + 60_000;
const LATER = { state: 'waiting', status: 500, problem: 'answered 500' } as const;

/** Runs the suite over what `open` gives. */
export function webhooksContract(name: string, open: () => Promise<WebhooksFixture>): void {
  describe(name, () => {
    let stores: WebhooksFixture;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());

    const act = (id: string, action: string): AuditAct =>
      actBy({ id: 'u-root', name: 'Root' }, NOW, { action, target: { kind: 'webhook', id } });
    const make = async (events: readonly string[], more: Partial<SigningWebhook> = {}) => {
      const id = randomUUID();
      const hook: SigningWebhook = {
        ...{ id, url: 'https://shop.test/“🙂”', events, enabled: true, secret: 'whsec_x', createdAt: NOW },
        createdBy: { id: 'u-root', name: 'Root' },
        ...more,
      };
      expect(valueOf(await stores.hooks.create(hook, 100, act(id, 'webhook:created')))).toBe(true);
      return hook;
    };
    const remove = async (id: string) => valueOf(await stores.hooks.remove(id, act(id, 'webhook:deleted')));
    const take = async (id: string, count = 10, now = NOW) =>
      valueOf(await stores.hooks.take(new Map([[id, count]]), now, now + 60_000));
    const queue = async () => {
      while (valueOf(await stores.hooks.queueNew(NOW)) > 0);
    };
    const listed = async (id: string) => valueOf(await stores.hooks.deliveries(id, { limit: 10 })).items;

    it('[HOOK-1] are listed, changed and taken away, each kept as an act', async () => {
      const hook = await make(['message:*']);
      expect(valueOf(await stores.hooks.list())).toContainEqual(hook);
      const changed = valueOf(
        await stores.hooks.change(hook.id, { enabled: false }, act(hook.id, 'webhook:updated')),
      );
      expect(changed).toMatchObject({ url: hook.url, enabled: false });
      expect(await remove(hook.id)).toBe(true);
      expect(await remove(hook.id)).toBe(false);
      expect(valueOf(await stores.hooks.change(hook.id, {}, act(hook.id, 'webhook:updated')))).toBeNull();
      const { items } = valueOf(await stores.audit.list({ target: hook.id, limit: 10 }));
      expect(items).toMatchObject([
        { action: 'webhook:deleted', before: { url: hook.url, enabled: false } },
        { action: 'webhook:updated', before: { enabled: true } },
        { action: 'webhook:created' },
      ]);
    });

    it('[HOOK-2] each is told of what it chose that came since it was made, once and in order', async () => {
      await stores.add('message:created', NOW - 1);
      const [messages, all, off] = [
        await make(['message:*', 'member:added']),
        await make(['*']),
        await make(['*'], { enabled: false }),
      ];
      const before = await stores.add('message:created', NOW - 1);
      const ids = [
        await stores.add('message:created', NOW),
        await stores.add('channel:updated', NOW + 1),
        await stores.add('message:deleted', NOW + 2),
      ];
      await queue();
      await queue();
      const [due, others] = [await take(messages.id), await take(all.id)];
      const ofLog = (those: typeof due) => those.filter(({ type }) => !type.startsWith('act:'));
      expect(ofLog(due).map(({ event }) => event?.id)).toEqual([ids[0], ids[2]]);
      expect(ofLog(others).map(({ event }) => event?.id)).toEqual(ids);
      expect(due[0]).toMatchObject({
        ...{ hookId: messages.id, type: 'message:created', attempts: 1, body: null },
        event: { channelId: 'general', timestamp: NOW, data: expect.stringContaining('🙂') },
      });
      expect(JSON.stringify(others)).not.toContain(before);
      expect(await take(off.id)).toEqual([]);
      for (const { id } of [messages, all, off]) await remove(id);
    });

    it('[HOOK-3] what was taken is left alone for a while, and what failed until it is due', async () => {
      const { id } = await make(['message:created']);
      await stores.add('message:created', NOW);
      await stores.add('message:created', NOW);
      await queue();
      const [first] = await take(id, 1);
      const rest = await take(id);
      expect(rest).toHaveLength(1);
      expect(await take(id)).toEqual([]);
      const tried = { state: 'waiting', nextAt: NOW + 5_000, status: 500, problem: 'answered 500' } as const;
      valueOf(await stores.hooks.tried(first!.id, tried));
      valueOf(await stores.hooks.tried(rest[0]!.id, { ...tried, state: 'delivered', problem: null }));
      expect(await take(id, 10, NOW + 4_999)).toEqual([]);
      expect(await take(id, 10, NOW + 5_000)).toMatchObject([{ id: first!.id, attempts: 2 }]);
      // Whoever took it is gone.
      expect(await take(id, 10, NOW + 5_000 + UNTIL - NOW)).toMatchObject([{ id: first!.id, attempts: 3 }]);
      await remove(id);
    });

    it('[HOOK-5] what was given up is listed, tried again, and forgotten at last', async () => {
      const { id } = await make(['none']);
      const number = valueOf(await stores.hooks.test(id, NOW));
      expect(valueOf(await stores.hooks.test('nobody', NOW))).toBeNull();
      expect(await take(id)).toMatchObject([{ type: 'webhook:test', event: null, body: '{}' }]);
      expect(valueOf(await stores.hooks.retry(id, number!, NOW, UNTIL))).toBe(false);
      // What waits for long, when nobody can be at it any more.
      valueOf(await stores.hooks.tried(number!, { ...LATER, nextAt: NOW + 60_000 }));
      expect(valueOf(await stores.hooks.retry(id, number!, NOW, UNTIL))).toBe(false);
      valueOf(await stores.hooks.tried(number!, { ...LATER, nextAt: NOW + 60_001 }));
      expect(valueOf(await stores.hooks.retry(id, number!, NOW, UNTIL))).toBe(true);
      expect(await take(id)).toMatchObject([{ id: number, attempts: 2, createdAt: NOW }]);
      const dead = { state: 'dead', nextAt: NOW, status: null, problem: 'no answer' } as const;
      valueOf(await stores.hooks.tried(number!, dead));
      const page = valueOf(await stores.hooks.deliveries(id, { state: 'dead', limit: 1 }));
      expect(page).toMatchObject({ items: [{ id: number, ...dead, attempts: 2 }], hasMore: false });
      expect(valueOf(await stores.hooks.deliveries(id, { state: 'delivered', limit: 1 })).items).toEqual([]);
      expect(valueOf(await stores.hooks.retry(id, number!, NOW + 1, UNTIL))).toBe(true);
      expect(await take(id, 10, NOW + 1)).toMatchObject([{ id: number, attempts: 1, createdAt: NOW + 1 }]);
      valueOf(await stores.hooks.tried(number!, dead));
      expect(valueOf(await stores.hooks.forget(NOW + 2, NOW + 1))).toBe(0);
      expect(await listed(id)).toHaveLength(1);
      expect(valueOf(await stores.hooks.forget(NOW, NOW + 2))).toBe(1);
      expect(await listed(id)).toEqual([]);
      await remove(id);
    });
  });
}
