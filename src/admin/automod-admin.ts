/** What staff does to the rules of automod: each change is checked, kept with who made it, and holds when it is answered. */
import type { TSchema } from 'typebox';
import { Clean } from 'typebox/value';
import { ruleProblem } from '../automod/rule-problem.ts';
import { actBy, type AuditActor } from '../protocol/audit-act.ts';
import type { DryRunRequest, DryRunResult } from '../protocol/automod-dry-run.ts';
import { type AutomodRule, AutomodRuleInput } from '../protocol/automod-rules.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { AutomodStore } from './ports/automod-store.ts';
import type { RunDry } from './ports/dry-runs.ts';

const EVERYTHING = -1;

/** What {@link AutomodAdmin} needs. `now` gives ms since the epoch. */
export interface AutomodAdminDeps {
  readonly store: AutomodStore;
  /** Resolves when what was stored holds on the shards of this process; other servers follow within a second. */
  readonly applied: () => Promise<void>;
  readonly runDry: RunDry;
  readonly now: () => number;
  readonly newId: () => string;
}

/** What becomes of a rule: what is absent stays, null takes it away. `version`: the one that is to be changed. */
export interface AutomodRuleChange extends Partial<Omit<AutomodRuleInput, 'channels' | 'exempt'>> {
  readonly channels?: AutomodRuleInput['channels'] | null;
  readonly exempt?: AutomodRuleInput['exempt'] | null;
  readonly version?: number;
}

/** See the head of the file. */
export class AutomodAdmin {
  readonly #deps: AutomodAdminDeps;

  constructor(deps: AutomodAdminDeps) {
    this.#deps = deps;
  }

  /** All rules, in the order in which they were made. */
  async list(): Promise<Result<readonly AutomodRule[]>> {
    const found = await this.#deps.store.rulesAfter(EVERYTHING);
    return found.ok ? ok(found.value?.rules ?? []) : found;
  }

  /** Makes a rule; `bad_request`, `conflict` where there are too many. */
  async create(input: AutomodRuleInput, by: AuditActor): Promise<Result<AutomodRule>> {
    const rule = known(input);
    const others = await this.list();
    if (!others.ok) return others;
    const problem = ruleProblem(rule, others.value);
    if (problem !== null) return fail(problem);
    const { store, now, newId } = this.#deps;
    const id = newId();
    const act = actBy(by, now(), { action: 'rule:created', target: target(id, rule), after: rule });
    return this.#applied(await store.create(id, rule, now(), act));
  }

  /** Changes a rule; `not_found`, `bad_request`, `conflict` where it isn't at that version any more. */
  async change(id: string, change: AutomodRuleChange, by: AuditActor): Promise<Result<AutomodRule>> {
    const all = await this.list();
    if (!all.ok) return all;
    const rule = all.value.find((one) => one.id === id);
    if (rule === undefined) return fail(NO_RULE);
    if (change.version !== undefined && change.version !== rule.version) return fail(CHANGED);
    const before = known(rule);
    const after = merged(before, change);
    const others = all.value.filter((one) => one !== rule);
    const problem = ruleProblem(after, others);
    if (problem !== null) return fail(problem);
    if (JSON.stringify(after) === JSON.stringify(before)) return ok(rule);
    const { store, now } = this.#deps;
    const act = actBy(by, now(), { action: 'rule:updated', target: target(id, after), before, after });
    const replaced = await store.replace(id, rule.version, after, act);
    if (!replaced.ok) return replaced;
    return replaced.value === null ? fail(CHANGED) : this.#applied(ok(replaced.value));
  }

  /** Takes a rule away; `not_found`. */
  async remove(id: string, by: AuditActor): Promise<Result<void>> {
    const { store, now } = this.#deps;
    const act = actBy(by, now(), { action: 'rule:deleted', target: { kind: 'rule', id } });
    const removed = await store.remove(id, act);
    if (!removed.ok) return removed;
    return removed.value ? this.#applied(ok(undefined)) : fail(NO_RULE);
  }

  /** What a rule would have found; `bad_request`, `overloaded`, `unavailable`. `signal` ends it. */
  async dryRun(request: DryRunRequest, signal: AbortSignal): Promise<Result<DryRunResult>> {
    const rule = { name: 'dry run', enabled: true, when: request.when, action: { kind: 'refuse' as const } };
    const problem = ruleProblem(rule, []);
    return problem === null ? this.#deps.runDry(request, signal) : fail(problem);
  }

  async #applied<T>(stored: Result<T>): Promise<Result<T>> {
    if (stored.ok) await this.#deps.applied();
    return stored;
  }
}

const NO_RULE: Failure = failure('not_found', 'There is no such rule.');
const CHANGED: Failure = failure('conflict', 'The rule was changed meanwhile: look at it again.');

/** Unknown members are ignored, and so not kept. */
function known(input: AutomodRuleInput): AutomodRuleInput {
  const schema: TSchema = AutomodRuleInput;
  return Clean(schema, structuredClone(input)) as AutomodRuleInput;
}

function merged(rule: AutomodRuleInput, change: AutomodRuleChange): AutomodRuleInput {
  const entries = Object.entries({ ...rule, ...change }).filter(([, value]) => value !== null);
  // What isn't a rule's own, `version` that is, goes as all that is unknown does.
  return known(Object.fromEntries(entries) as unknown as AutomodRuleInput);
}

function target(id: string, { name }: AutomodRuleInput) {
  return { kind: 'rule', id, name } as const;
}
