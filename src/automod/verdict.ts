/** What a channel knows of automod: what it asks and is told. Nothing of how rules are compiled is loaded with it. */

/** What a verdict may depend on beside the text. */
export interface MessageContext {
  readonly channelId: string;
  /** Of the author: global ones, and that in the channel. */
  readonly roles: readonly string[];
  /** How often the author wrote the same in this channel within the last `seconds`, before. */
  readonly earlier: (seconds: number) => number;
}

/** Which rule decided. */
export interface Ruling {
  readonly id: string;
  readonly name: string;
}

/** What becomes of a message. */
export type Verdict =
  | { readonly kind: 'pass' }
  /** `text` is for its author. */
  | { readonly kind: 'refuse'; readonly rule: Ruling; readonly text: string }
  | { readonly kind: 'hold'; readonly rule: Ruling }
  | { readonly kind: 'mute'; readonly rule: Ruling; readonly text: string; readonly seconds: number }
  /** `content` is what stands in the log: every rule that masks has. */
  | { readonly kind: 'mask'; readonly rule: Ruling; readonly content: string };

/** Rules in force. */
export interface Automod {
  /** Of the rules. */
  readonly version: number;
  /** Whether nothing is judged. */
  readonly isIdle: boolean;
  /** For how long texts have to be remembered, ms; 0: not at all. */
  readonly repeatMs: number;
  judge(text: string, context: MessageContext): Verdict;
}

/** A message that no rule finds. */
export const PASS: Verdict = { kind: 'pass' };

/** Lets everything pass. */
export const NO_AUTOMOD: Automod = { version: 0, isIdle: true, repeatMs: 0, judge: () => PASS };
