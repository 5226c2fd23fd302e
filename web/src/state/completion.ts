/** What can complete the word that is being written: `:sm` an emoji, `@ad` and `/w ad` a person, `/mu` a command. */
import type { CommandHelp } from './command-list.ts';
import { findEmoji } from './find-emoji.ts';
import { quotedName } from './whisper-command.ts';

/** A way to go on. */
export interface CompletionItem {
  /** What takes the place of the word. */
  readonly insert: string;
  readonly label: string;
  /** What it is for, beside the label. */
  readonly hint?: string;
}

/** `from` and `to`: the word, in code units of the text. */
export interface Completion {
  readonly from: number;
  readonly to: number;
  readonly items: readonly CompletionItem[];
}

/** The word before the caret, with what tells its kind, at the beginning or behind white space. */
const EMOJI_WORD = /(?<=^|\s):([a-z0-9_+-]{2,20})$/iu;
const PERSON_WORD = /(?<=^|\s)@([^\s@]{1,32})$/u;
/** A name behind a command to whisper, in quotes or not. */
const WHISPERED = /^(\/(?:w|whisper)\s+)@?"?([^\s"][^"]*)$/u;
/** A command that is begun, alone in the text. */
const COMMAND_WORD = /^\/([a-z]*)$/iu;
const MOST_ITEMS = 6;
/** No word that can be completed is longer, code units. */
const LOOK_BACK = 70;

/** Who may be meant behind an @, and behind a command to whisper. */
export interface CompletionNames {
  readonly mentioned: readonly string[];
  readonly whispered: readonly string[];
  /** What may be written behind a slash. */
  readonly commands?: () => readonly CommandHelp[];
}

/** Null when there is nothing to offer. */
export function completionAt(text: string, caret: number, names: CompletionNames): Completion | null {
  const [, command, begun] = WHISPERED.exec(text.slice(0, Math.min(caret, LOOK_BACK + 1))) ?? [];
  if (command !== undefined && begun !== undefined && caret <= LOOK_BACK) {
    const items = beginning(names.whispered, begun).map((name) => ({
      insert: `${quotedName(name)} `,
      label: name,
    }));
    // The name is whole: Enter is for the command, which opens the conversation.
    const isWhole = items.some(({ label }) => label.toLowerCase() === begun.toLowerCase());
    return isWhole || items.length === 0 ? null : { from: command.length, to: caret, items };
  }
  const name = COMMAND_WORD.exec(text)?.[1];
  if (name !== undefined && caret === text.length && names.commands !== undefined) {
    const items = commandsFor(names.commands(), name);
    return items.length === 0 ? null : { from: 0, to: caret, items };
  }
  const before = text.slice(Math.max(0, caret - LOOK_BACK), caret);
  const emoji = EMOJI_WORD.exec(before)?.[1];
  if (emoji !== undefined) {
    const items = findEmoji(emoji)
      .slice(0, MOST_ITEMS)
      .map(({ emoji: found, names: [name = ''] }) => ({
        insert: `${found} `,
        label: `${found} :${name}:`,
      }));
    return items.length === 0 ? null : { from: caret - emoji.length - 1, to: caret, items };
  }
  const person = PERSON_WORD.exec(before)?.[1];
  if (person === undefined) return null;
  const items = beginning(names.mentioned, person).map((name) => ({ insert: `@${name} `, label: name }));
  return items.length === 0 ? null : { from: caret - person.length - 1, to: caret, items };
}

/** A command that is written out is left to Enter, which runs it. */
function commandsFor(commands: readonly CommandHelp[], begun: string): readonly CompletionItem[] {
  const wanted = begun.toLowerCase();
  if (commands.some(({ name }) => name === wanted)) return [];
  return commands
    .filter(({ name }) => name.startsWith(wanted))
    .map(({ name, usage, description }) => ({ insert: `/${name} `, label: usage, hint: description }));
}

function beginning(names: readonly string[], text: string): readonly string[] {
  const wanted = text.toLowerCase();
  return names.filter((name) => name.toLowerCase().startsWith(wanted)).slice(0, MOST_ITEMS);
}
