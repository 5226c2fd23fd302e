/** How what people said in a log travels as a message's content, and back. */
import { contentProblem } from '../../src/protocol/text.ts';
import type { SkipReason, SpokenLine } from './irc-line.ts';

/**
 * The content that carries a line. An action is sent as `* name text`. A content that begins with `/` would be a
 * slash command, so one that begins with `/` gets a `\` before it, and so does one that begins with `\`, which makes
 * the way back unambiguous. Nothing else is changed: control characters travel as they are.
 */
export function toContent(line: SpokenLine): string {
  const text = spokenText(line);
  return /^[/\\]/.test(text) ? `\\${text}` : text;
}

/** The text that a content carries: {@link toContent} undone. */
export function fromContent(content: string): string {
  return content.startsWith('\\') ? content.slice(1) : content;
}

/** What a reader should see. */
export function spokenText(line: SpokenLine): string {
  if (line.kind !== 'action') return line.text;
  return line.text === '' ? `* ${line.name}` : `* ${line.name} ${line.text}`;
}

/** Why the contract doesn't let the line through, or null. */
export function contentObstacle(line: SpokenLine): SkipReason | null {
  switch (contentProblem(toContent(line))) {
    case 'empty':
      return 'no text';
    case 'too_large':
      return 'too long';
    case 'malformed':
      return 'not storable';
    case null:
      return null;
  }
}
