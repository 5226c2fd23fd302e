/**
 * Words and terms as PostgreSQL's text search reads them. Beside its words a message has marks without a place, of its log and
 * its sender, so that a search within those goes by the same index. No word begins as a mark does.
 */
import type { SearchTerm } from './search-text.ts';
import type { Token } from './tokens.ts';

/** PostgreSQL takes no word of more than 2,046 bytes: so many code points of a sender tell them apart. */
const MAX_SENDER_LENGTH = 400;

/** What is known of a message beside its text. */
export interface Marks {
  /** The log's number in the database. */
  readonly logId: string;
  readonly sender: string;
}

/** The text of a `tsvector`. */
export function tsvectorText(tokens: readonly Token[], { logId, sender }: Marks): string {
  const places = new Map<string, number[]>();
  for (const { lexeme, position } of tokens) {
    const known = places.get(lexeme);
    if (known === undefined) places.set(lexeme, [position]);
    else known.push(position);
  }
  const words = [...places].map(([lexeme, positions]) => `${quoted(lexeme)}:${positions.join(',')}`);
  return [quoted(logMark(logId)), quoted(senderMark(sender)), ...words].join(' ');
}

/**
 * The text of a `tsquery` for messages with all `terms`, of one of `logIds` and of `sender`, where these are given; null when
 * nothing is asked for.
 */
export function tsqueryText(
  terms: readonly SearchTerm[],
  { logIds, sender }: { readonly logIds?: readonly string[]; readonly sender?: string },
): string | null {
  const parts = [
    ...terms.map(termText),
    ...(logIds === undefined ? [] : [`(${logIds.map((id) => quoted(logMark(id))).join(' | ')})`]),
    ...(sender === undefined ? [] : [quoted(senderMark(sender))]),
  ];
  return parts.length === 0 ? null : parts.join(' & ');
}

function termText(term: SearchTerm): string {
  let [text, last] = ['', 0];
  for (const { lexeme, isPrefix, position } of term) {
    if (text !== '') text += ` <${position - last}> `;
    text += `${quoted(lexeme)}${isPrefix ? ':*' : ''}`;
    last = position;
  }
  return `(${text})`;
}

function logMark(logId: string): string {
  return `#${logId}`;
}

function senderMark(sender: string): string {
  return `@${sender.length <= MAX_SENDER_LENGTH ? sender : Array.from(sender).slice(0, MAX_SENDER_LENGTH).join('')}`;
}

function quoted(lexeme: string): string {
  return `'${lexeme.replace(/['\\]/g, '$&$&')}'`;
}
