/** Lines of IRC logs, in the two formats of test/fixtures/irc/README.md. */

/** Someone says something; what was `/me` or a notice stays told apart from what was typed. */
export interface SpokenLine {
  readonly kind: 'message' | 'action' | 'notice';
  readonly name: string;
  /** As it stands in the log, blanks and control characters included. */
  readonly text: string;
  readonly time: LogTime | null;
}

/** Something that happens in the channel, and isn't said. */
export interface ChannelLine {
  readonly kind: 'join' | 'leave' | 'nick' | 'mode' | 'topic';
}

/** A line that can't be played. */
export interface SkippedLine {
  readonly kind: 'skipped';
  readonly reason: SkipReason;
}

/** Why a line is skipped: nothing is left out without one of these. */
export type SkipReason = 'blank line' | 'no text' | 'too long' | 'not storable' | 'unreadable';

/** Any line. */
export type IrcLine = SpokenLine | ChannelLine | SkippedLine;

/** Minutes within a day or, where the log has dates, since the epoch; fractions are seconds. */
export interface LogTime {
  readonly minutes: number;
  readonly dated: boolean;
}

const DATED = /^\S+ (\d{4}-\d\d-\d\d) (.*)$/s;
const TIMED = /^\[(\d\d):(\d\d)(?::(\d\d))?\](.*)$/s;
// One blank or tab parts the name from the text; further ones are the text's own.
const MESSAGE = /^ <([^>]+)>(?:[ \t](.*))?$/s;
const ACTION = /^ {1,2}\* (\S+)(?: (.*))?$/s;
const NOTICE = /^ -([^\s-]\S*)- (.*)$/s;
const SERVER = /^=== (.*)$/s;

/** Reads one line, without its line end. Never throws. */
export function parseIrcLine(line: string): IrcLine {
  if (line.trim() === '') return skipped('blank line');
  const dated = DATED.exec(line);
  const rest = dated?.[2] ?? line;
  const server = SERVER.exec(rest);
  if (server !== null) return serverLine(server[1] ?? '');
  const timed = TIMED.exec(rest);
  if (timed === null) return skipped('unreadable');
  const [, hours, minutes, seconds, body = ''] = timed;
  const ofDay = Number(hours) * 60 + Number(minutes) + Number(seconds ?? 0) / 60;
  const days = dated === null ? 0 : Date.parse(`${dated[1] ?? ''}T00:00:00Z`) / 60_000;
  if (Number.isNaN(days)) return skipped('unreadable');
  return spokenLine(body, { minutes: days + ofDay, dated: dated !== null });
}

function spokenLine(body: string, time: LogTime): IrcLine {
  const forms = [
    ['message', MESSAGE],
    ['action', ACTION],
    ['notice', NOTICE],
  ] as const;
  for (const [kind, form] of forms) {
    const [, name, text] = form.exec(body) ?? [];
    // An action may be a name alone: somebody typed `/me` and nothing else.
    if (name !== undefined) return spoken({ kind, name, text: text ?? '', time });
  }
  return skipped('unreadable');
}

/** What follows `===`: of a person, or of the channel. */
function serverLine(body: string): IrcLine {
  if (/^\S+ (\[.*\] )? ?has joined #\S+\s*$/.test(body)) return { kind: 'join' };
  if (/^\S+ (\[.*\] )? ?has left #\S+ .*$/s.test(body)) return { kind: 'leave' };
  if (/^\S+ is now known as \S+\s*$/.test(body)) return { kind: 'nick' };
  if (body.startsWith('mode/')) return { kind: 'mode' };
  if (body.startsWith('..[topic/')) return { kind: 'topic' };
  const [, name, text] = /^(\S+) (.*)$/s.exec(body) ?? [];
  if (name === undefined || text === undefined) return skipped('unreadable');
  return spoken({ kind: 'action', name, text, time: null });
}

function spoken(line: SpokenLine): IrcLine {
  return line.text === '' && line.kind !== 'action' ? skipped('no text') : line;
}

function skipped(reason: SkipReason): SkippedLine {
  return { kind: 'skipped', reason };
}
