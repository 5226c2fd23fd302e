/** What every {@link AutomodStore} keeps to. Run by memory-automod and postgres-automod. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditLog } from '../../src/admin/ports/audit-log.ts';
import type { AutomodStore } from '../../src/admin/ports/automod-store.ts';
import { type AuditAct, actBy } from '../../src/protocol/audit-act.ts';
import type { AutomodRuleInput, AutomodRules } from '../../src/protocol/automod-rules.ts';
import { valueOf } from './stores.ts';

/** The stores of one server; all of them empty. */
export interface AutomodFixture {
  readonly automod: AutomodStore;
  readonly audit: AuditLog;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;
const RULE: AutomodRuleInput = {
  ...{ name: 'no ads “🙂”', enabled: true },
  when: { kind: 'words', words: ['free nitro', 'ﬁx', "it's"] },
  action: { kind: 'mute', seconds: 60, text: 'no' },
  channels: ['general', 'help-*'],
  exempt: ['admin'],
};

/** Runs the suite over what `open` gives. */
export function automodContract(name: string, open: () => Promise<AutomodFixture>): void {
  describe(name, () => {
    let stores: AutomodFixture;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());

    const act = (id: string, action: string): AuditAct =>
      actBy({ id: 'u-root', name: 'Root' }, NOW, { action, target: { kind: 'rule', id } });
    const all = async (): Promise<AutomodRules> => {
      const rules = valueOf(await stores.automod.rulesAfter(-1));
      if (rules === null) throw new Error('a first look gives everything');
      return rules;
    };
    const make = async (rule: AutomodRuleInput = RULE, after = 0) => {
      const id = randomUUID();
      return valueOf(await stores.automod.create(id, rule, NOW + after, act(id, 'rule:created')));
    };
    const audited = async (id: string) =>
      valueOf(await stores.audit.list({ target: id, limit: 10 })).items.map(({ action }) => action);

    it('[AUTOMOD-8] a first look gives everything, a later one nothing until a rule changes', async () => {
      const first = await all();
      expect(valueOf(await stores.automod.rulesAfter(first.version))).toBeNull();
      const made = await make();
      expect(made).toEqual({ ...RULE, id: made.id, version: 1 });
      const then = valueOf(await stores.automod.rulesAfter(first.version));
      expect(then?.version).toBeGreaterThan(first.version);
      expect(then?.rules).toContainEqual(made);
      expect(valueOf(await stores.automod.rulesAfter(then?.version ?? 0))).toBeNull();
    });

    it('[AUTOMOD-8] rules stay in the order in which they were made, also when one is changed', async () => {
      const made = [await make(RULE, 1), await make(RULE, 2), await make(RULE, 3)];
      const changed = { ...RULE, name: 'other', enabled: false };
      const { id } = made[0]!;
      const replaced = valueOf(await stores.automod.replace(id, 1, changed, act(id, 'rule:updated')));
      expect(replaced).toEqual({ ...changed, id, version: 2 });
      const ids = made.map((rule) => rule.id);
      const { rules } = await all();
      const mine = rules.filter((rule) => ids.includes(rule.id));
      expect(mine[0]).toEqual(replaced);
      expect(mine.map((rule) => rule.id)).toEqual(ids);
    });

    it('[AUTOMOD-8] of two changes of one version the second changes nothing', async () => {
      const { id } = await make();
      const change = (by: string) =>
        stores.automod.replace(id, 1, { ...RULE, name: by }, act(id, 'rule:updated'));
      const answers = (await Promise.all([change('a'), change('b')])).map(valueOf);
      expect(answers.filter((answer) => answer === null)).toHaveLength(1);
      const winner = answers.find((answer) => answer !== null);
      expect((await all()).rules.find((rule) => rule.id === id)).toEqual(winner);
      expect(valueOf(await stores.automod.replace('nobody', 1, RULE, act('nobody', 'x')))).toBeNull();
      expect(await audited(id)).toEqual(['rule:updated', 'rule:created']);
      expect(await audited('nobody')).toEqual([]);
    });

    it('[AUTOMOD-8] a rule is taken away once, and the audit log keeps what it was', async () => {
      const { id } = await make();
      expect(valueOf(await stores.automod.remove(id, act(id, 'rule:deleted')))).toBe(true);
      expect(valueOf(await stores.automod.remove(id, act(id, 'rule:deleted')))).toBe(false);
      expect((await all()).rules.map((rule) => rule.id)).not.toContain(id);
      const { items } = valueOf(await stores.audit.list({ target: id, action: 'rule:deleted', limit: 10 }));
      expect(items).toMatchObject([{ actor: { id: 'u-root', name: 'Root' }, before: RULE }]);
    });

    it('[AUTOMOD-8] changes that are made at once all land, each under a number of its own', async () => {
      const { version } = await all();
      const made = await Promise.all(Array.from({ length: 10 }, () => make()));
      const then = await all();
      expect(then.version).toBe(version + 10);
      expect(then.rules).toEqual(expect.arrayContaining(made));
    });
  });
}
