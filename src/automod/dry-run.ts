/** Tries a condition over messages that are stored, in their order, as if nobody were exempt. */
import {
  type DryRunResult,
  type DryRunSample,
  MAX_DRY_RUN_SAMPLES,
  MAX_SAMPLE_LENGTH,
} from '../protocol/automod-dry-run.ts';
import type { RuleCondition } from '../protocol/automod-rules.ts';
import { compileAutomod } from './automod.ts';
import { type Automod } from './verdict.ts';
import { RecentTexts } from './recent-texts.ts';

/** Takes messages one by one; texts of a message are those of now. */
export class DryRun {
  readonly #automod: Automod;
  readonly #recent = new Map<string, RecentTexts>();
  #scanned = 0;
  #matched = 0;
  #samples: DryRunSample[] = [];

  constructor(when: RuleCondition) {
    const rule = { id: 'dry', version: 1, name: 'dry', enabled: true, when, exempt: [] };
    this.#automod = compileAutomod({ version: 1, rules: [{ ...rule, action: { kind: 'refuse' } }] });
  }

  /** The next message; a channel's come in their order. */
  take(message: DryRunSample): void {
    this.#scanned += 1;
    if (!this.#finds(message)) return;
    this.#matched += 1;
    const content = Array.from(message.content).slice(0, MAX_SAMPLE_LENGTH).join('');
    this.#samples = [...this.#samples.slice(1 - MAX_DRY_RUN_SAMPLES), { ...message, content }];
  }

  get result(): DryRunResult {
    return { scanned: this.#scanned, matched: this.#matched, samples: this.#samples };
  }

  #finds({ channelId, id, author, content, timestamp }: DryRunSample): boolean {
    const recent = this.#recentOf(channelId);
    const verdict = this.#automod.judge(content, {
      channelId,
      roles: [],
      earlier: (seconds) => recent?.count(author.id, content, timestamp - seconds * 1_000, id) ?? 0,
    });
    recent?.note(author.id, content, timestamp, id);
    return verdict.kind !== 'pass';
  }

  /** Null where nothing has to be remembered. */
  #recentOf(channelId: string): RecentTexts | null {
    if (this.#automod.repeatMs === 0) return null;
    const known = this.#recent.get(channelId) ?? new RecentTexts();
    this.#recent.set(channelId, known);
    return known;
  }
}
