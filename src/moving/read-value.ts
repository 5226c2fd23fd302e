/** Times, truths and texts of other systems. */
import { parseDisplayName } from '../auth/display-name.ts';
import { MAX_CONTENT_LENGTH, MAX_NAME_LENGTH } from '../protocol/limits.ts';

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(?:Z|UTC|([+-])(\d\d)(?::?(\d\d))?(?::?\d\d)?)?$/i;
/** Whole numbers from here on are milliseconds, those below seconds: in seconds it is the year 5138. */
const LEAST_MS = 100_000_000_000;
/** Of people's names, what no name here holds: control characters, and such as draw nothing or turn the text around. */
const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;
/** A text is cut at a space of its last so many characters, where there is one. */
const LOOKED_BACK = 200;

/**
 * A time as ms since the epoch, rounded down: ISO 8601 or PostgreSQL's form, or a whole number of seconds or ms. One that
 * names no zone is UTC. Null: it is none, or before 1970.
 */
export function readTime(text: string | null): number | null {
  if (text === null) return null;
  const trimmed = text.trim();
  if (/^\d{1,15}$/.test(trimmed)) {
    const number = Number(trimmed);
    return number < LEAST_MS ? number * 1_000 : number;
  }
  const found = TIME.exec(trimmed);
  if (found === null) return null;
  const [
    ,
    year,
    month,
    day,
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '',
    sign,
    hours = '0',
    minutes = '0',
  ] = found;
  const ms = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.padEnd(3, '0').slice(0, 3)),
  );
  const isDay = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
    .toISOString()
    .startsWith(`${year}-${month}-${day}`);
  const isClock = Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
  const time = ms - offset;
  return isDay && isClock && time >= 0 ? time : null;
}

/** PostgreSQL's truths, and what others write for them. */
export function readTruth(text: string | null): boolean {
  return text !== null && ['t', 'true', '1', 'y', 'yes', 'on'].includes(text.trim().toLowerCase());
}

/** A whole number from 1 on; null: it is none. */
export function readCount(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,8}$/.test(text.trim()) ? Number(text) : null;
}

/** Without U+0000, and with U+FFFD where half a character stands alone. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/** A text in parts that each fit into a message, at spaces where there are any; none is empty. Joined they are the text. */
export function messageParts(text: string, most = MAX_CONTENT_LENGTH): readonly string[] {
  if (text.length <= most) return [text];
  const characters = Array.from(text);
  const parts: string[] = [];
  for (let from = 0; from < characters.length;) {
    const to =
      from + most < characters.length ? breakBefore(characters, from, from + most) : characters.length;
    parts.push(characters.slice(from, to).join(''));
    from = to;
  }
  return parts;
}

function breakBefore(characters: readonly string[], from: number, most: number): number {
  for (let at = most; at > Math.max(from + 1, most - LOOKED_BACK); at -= 1) {
    if (/\s/.test(characters[at - 1] ?? '')) return at;
  }
  return most;
}

/** A name as people have here, near to `text`; `other` where nothing of it is left. */
export function nearestName(text: string | null, other: string): string {
  const bare = (text ?? '').toWellFormed().replace(UNSEEN, '');
  const short = Array.from(bare.normalize('NFKC').trim()).slice(0, MAX_NAME_LENGTH).join('');
  const name = parseDisplayName(short);
  return name.ok ? name.value : other;
}

/** A line of text of at most `most` characters, null where nothing is left of it. */
export function oneLine(text: string | null, most: number): string | null {
  const line = storableText(text ?? '')
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  const short = Array.from(line).slice(0, most).join('').trim();
  return short === '' ? null : short;
}
