/** Reads what another server said. Whoever may publish in Valkey may say it: what isn't as it should be is left out. */
import type { LogKey } from '../log/entry.ts';
import type { ServerWord } from '../shard/ports/other-servers.ts';

/** Characters of one text. */
const MOST_CHARACTERS = 1024 * 1024;

/** What was said, and by whom. */
export interface HeardWords {
  readonly from: string;
  readonly moved: readonly (readonly [log: LogKey, head: number])[];
  readonly changed: readonly LogKey[];
  readonly words: readonly ServerWord[];
}

/** Null where it can't be read at all. */
export function readServerWords(text: string): HeardWords | null {
  if (text.length > MOST_CHARACTERS) return null;
  const heard = parsed(text);
  if (!isObject(heard) || typeof heard['from'] !== 'string') return null;
  return {
    from: heard['from'],
    moved: listOf(heard['moved']).filter(isMoved),
    changed: listOf(heard['changed']).filter(isLogKey),
    words: listOf(heard['words']).filter(isWord),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSeq(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isLogKey(value: unknown): value is LogKey {
  return typeof value === 'string' && (value.startsWith('channel:') || value.startsWith('inbox:'));
}

function isMoved(value: unknown): value is readonly [log: LogKey, head: number] {
  return Array.isArray(value) && value.length === 2 && isLogKey(value[0]) && isSeq(value[1]);
}

function isUser(value: unknown): boolean {
  return isObject(value) && typeof value['id'] === 'string' && typeof value['name'] === 'string';
}

function isWord(value: unknown): value is ServerWord {
  if (!isObject(value)) return false;
  switch (value['kind']) {
    case 'typing':
      return (
        typeof value['channelId'] === 'string' && isUser(value['user']) && typeof value['isOn'] === 'boolean'
      );
    case 'told':
      return (
        (value['channelId'] === null || typeof value['channelId'] === 'string') &&
        typeof value['user'] === 'string' &&
        isFrame(value['frame']) &&
        (value['marked'] === undefined || isMarked(value['marked']))
      );
    case 'moderators':
      return (
        typeof value['channelId'] === 'string' &&
        isFrame(value['frame']) &&
        ['undefined', 'string'].includes(typeof value['but'])
      );
    case 'receipt':
      return typeof value['to'] === 'string' && isReceipt(value['receipt']);
    case 'forget':
      return true;
    default:
      return false;
  }
}

/** Events of logs come from logs alone. */
function isFrame(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const frame = parsed(value);
  return isObject(frame) && typeof frame['type'] === 'string' && frame['seq'] === undefined;
}

function isMarked(value: unknown): boolean {
  if (!isObject(value) || typeof value['id'] !== 'string') return false;
  const { seq, head, unread, mentions } = value;
  return (
    [seq, head, unread, mentions].every(isSeq) &&
    [value['private'], value['isMember'], value['isOut']].every((is) => typeof is === 'boolean')
  );
}

function isReceipt(value: unknown): boolean {
  if (!isObject(value) || !isUser(value['by'])) return false;
  const { type, id, seq } = value;
  return (type === 'whisper:delivered' || type === 'whisper:read') && typeof id === 'string' && isSeq(seq);
}
