/** `/w name text` and `/whisper name text`: a whisper from wherever one writes. */

/** To whom, and what; an empty text only opens the conversation. */
export interface WhisperCommand {
  readonly name: string;
  readonly content: string;
}

/** What stands behind the command: a name in quotes, or one word, and the rest. An @ before the name is left out. */
const COMMAND = /^\/(?:w|whisper)(?:\s+@?(?:"([^"]+)"|(\S+))(?:\s+(.*))?)?$/su;

/** Null where `text` is no such command; an empty name where it names nobody. */
export function whisperCommand(text: string): WhisperCommand | null {
  const found = COMMAND.exec(text.trim());
  if (found === null) return null;
  const [, quoted, word, content = ''] = found;
  return { name: (quoted ?? word ?? '').trim(), content: content.trim() };
}

/** How one has to write a name in the command; one that has spaces and quotes of its own can't be written there. */
export function quotedName(name: string): string {
  return /^@|\s/u.test(name) ? `"${name}"` : name;
}
