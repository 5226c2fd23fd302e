/** What people write about a channel that they make. */
import { isChannelId } from '../protocol/limits.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { codePoints, hasControlCharacters, isStorable } from '../protocol/text.ts';

/** Longest name and topic of a channel, code points. */
export const MAX_CHANNEL_NAME_LENGTH = 64;
export const MAX_TOPIC_LENGTH = 500;
const MAX_ID_LENGTH = 64;

/** `text` as a channel's name, trimmed. */
export function parseChannelName(text: string): Result<string> {
  return parseLine('name', text, 1, MAX_CHANNEL_NAME_LENGTH);
}

/** `text` as a channel's topic, trimmed. */
export function parseTopic(text: string): Result<string> {
  return parseLine('description', text, 0, MAX_TOPIC_LENGTH);
}

/** An id made of `name` (its letters and digits of ASCII, without accents), or null when nothing is left of it. */
export function slugOf(name: string): string | null {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_ID_LENGTH)
    .replace(/^-+|-+$/g, '');
  return isChannelId(slug) ? slug : null;
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
