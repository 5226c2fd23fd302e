/** Rules, compiled once, by which every message is judged. The same text in the same context gets the same verdict. */
import { type AutomodRule, type AutomodRules, DEFAULT_EXEMPT } from '../protocol/automod-rules.ts';
import { reaches } from '../protocol/permissions.ts';
import { type Cases, casesOf, mentionsOf } from './counts.ts';
import { composed } from './fold.ts';
import { isAllowedHost, type Link, linksOf } from './links.ts';
import { mask } from './mask.ts';
import { PatternIndex } from './patterns.ts';
import { type Automod, type MessageContext, PASS, type Verdict } from './verdict.ts';
import { type Span, type WordHit, WordIndex } from './words.ts';

/** What is told where a rule has no text of its own. */
const PUBLIC_TEXT = 'this message is not allowed here';

/** The gravest first: it decides. */
const ORDER = ['refuse', 'hold', 'mute', 'mask'] as const;

/** Compiles the rules that are enabled. */
export function compileAutomod({ version, rules }: AutomodRules): Automod {
  const enabled = ORDER.flatMap((kind) => rules.filter((rule) => rule.enabled && rule.action.kind === kind));
  return enabled.length === 0
    ? { version, isIdle: true, repeatMs: 0, judge: () => PASS }
    : new Compiled(version, enabled);
}

/** What was found in one text, as far as it was looked for. */
interface Found {
  readonly text: string;
  readonly words: readonly WordHit[];
  links: readonly Link[] | null;
  mentions: readonly Span[] | null;
  cases: Cases | null;
}

class Compiled implements Automod {
  readonly version: number;
  readonly isIdle = false;
  readonly repeatMs: number;
  /** By gravity; a rule's number is its place here. */
  readonly #rules: readonly AutomodRule[];
  readonly #words = new WordIndex();
  readonly #patterns = new PatternIndex();
  /** Numbers of the rules that neither of those finds. */
  readonly #others: number[] = [];

  constructor(version: number, rules: readonly AutomodRule[]) {
    this.version = version;
    this.#rules = rules;
    let seconds = 0;
    for (const [number, { when }] of rules.entries()) {
      if (when.kind === 'words') for (const word of when.words) this.#words.add(word, number);
      else if (when.kind === 'pattern') this.#patterns.add(when.pattern, number);
      else this.#others.push(number);
      if (when.kind === 'repeat') seconds = Math.max(seconds, when.seconds);
    }
    this.repeatMs = seconds * 1_000;
  }

  judge(content: string, context: MessageContext): Verdict {
    const text = composed(content);
    const found: Found = { text, words: this.#words.find(text), links: null, mentions: null, cases: null };
    const numbers = this.#numbers(found, context);
    if (numbers.length === 0) return PASS;
    const rule = this.#rules[Math.min(...numbers)];
    if (rule === undefined) return PASS;
    const ruling = { id: rule.id, name: rule.name };
    const { action } = rule;
    switch (action.kind) {
      case 'refuse':
        return { kind: 'refuse', rule: ruling, text: action.text ?? PUBLIC_TEXT };
      case 'hold':
        return { kind: 'hold', rule: ruling };
      case 'mute':
        return { kind: 'mute', rule: ruling, text: action.text ?? PUBLIC_TEXT, seconds: action.seconds };
      case 'mask': {
        const spans = numbers.flatMap((number) => this.#spans(number, found));
        return { kind: 'mask', rule: ruling, content: mask(text, spans) };
      }
    }
  }

  /** Of the rules that find the text and hold in its context. */
  #numbers(found: Found, context: MessageContext): number[] {
    const numbers: number[] = [];
    const add = (number: number): void => {
      const rule = this.#rules[number];
      if (rule !== undefined && !numbers.includes(number) && holds(rule, context)) numbers.push(number);
    };
    for (const { rule } of found.words) add(rule);
    for (const rule of this.#patterns.find(found.text)) add(rule);
    for (const number of this.#others) {
      if (this.#matches(number, found, context)) add(number);
    }
    return numbers;
  }

  #matches(number: number, found: Found, context: MessageContext): boolean {
    const when = this.#rules[number]?.when;
    switch (when?.kind) {
      case 'links':
      case 'mentions':
        return this.#spans(number, found).length > 0;
      case 'repeat':
        return context.earlier(when.seconds) + 1 >= when.times;
      case 'caps':
        found.cases ??= casesOf(found.text);
        return (
          found.cases.letters >= when.letters &&
          found.cases.capitals * 100 >= when.percent * found.cases.letters
        );
      default:
        return false;
    }
  }

  /** What of the text the rule is about; of what may stand there so often, what goes beyond. */
  #spans(number: number, found: Found): readonly Span[] {
    const when = this.#rules[number]?.when;
    switch (when?.kind) {
      case 'words':
        return found.words.filter(({ rule }) => rule === number);
      case 'pattern':
        return this.#patterns.spans(found.text, number);
      case 'links': {
        const { allow = [], limit = 0 } = when;
        found.links ??= linksOf(found.text);
        if (found.links.length <= limit) return [];
        return found.links.filter(({ host }) => !isAllowedHost(host, allow)).slice(limit);
      }
      case 'mentions':
        found.mentions ??= mentionsOf(found.text);
        return found.mentions.slice(when.limit);
      default:
        return [];
    }
  }
}

function holds(rule: AutomodRule, context: MessageContext): boolean {
  const { channels } = rule;
  const exempt: readonly string[] = rule.exempt ?? DEFAULT_EXEMPT;
  if (channels !== undefined && !reaches(channels, context.channelId)) return false;
  return !exempt.some((role) => context.roles.includes(role));
}
