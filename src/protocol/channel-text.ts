/** What people write about a channel. */
import { failure } from './errors.ts';
import { fail, ok, type Result } from './result.ts';
import { codePoints, hasControlCharacters, isStorable } from './text.ts';

/** Longest name, topic and description of a channel, code points. */
export const MAX_CHANNEL_NAME_LENGTH = 64;
export const MAX_TOPIC_LENGTH = 500;
export const MAX_DESCRIPTION_LENGTH = 1_000;

/** `text` as a channel's name, trimmed. */
export function parseChannelName(text: string): Result<string> {
  return parseLine('name', text, 1, MAX_CHANNEL_NAME_LENGTH);
}

/** `text` as a channel's topic, trimmed. */
export function parseTopic(text: string): Result<string> {
  return parseLine('topic', text, 0, MAX_TOPIC_LENGTH);
}

/** `text` as what a channel is for, trimmed. */
export function parseDescription(text: string): Result<string> {
  return parseLine('description', text, 0, MAX_DESCRIPTION_LENGTH);
}

function parseLine(what: string, text: string, least: number, most: number): Result<string> {
  const line = text.trim();
  const length = codePoints(line);
  if (length < least || length > most) {
    return fail(failure('bad_request', `The ${what} has ${least} to ${most} characters.`));
  }
  if (!isStorable(line) || hasControlCharacters(line)) {
    return fail(failure('bad_request', `The ${what} may not hold control characters.`));
  }
  return ok(line);
}
