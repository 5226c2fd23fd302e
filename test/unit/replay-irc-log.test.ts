import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseIrcLine } from '../../bench/replay/irc-line.ts';
import { readIrcLog } from '../../bench/replay/irc-log.ts';

const FIXTURES = new URL('../fixtures/irc/', import.meta.url);
const log = (text: string) => readIrcLog(Buffer.from(text));

describe('a line of an IRC log', () => {
  it('[REPLAY-1] is a message with its text exactly as it stands', () => {
    expect(parseIrcLine('[09:05] <Ada>  two blanks  ')).toEqual({
      kind: 'message',
      name: 'Ada',
      text: ' two blanks  ',
      time: { minutes: 545, dated: false },
    });
    expect(parseIrcLine('x 1970-01-02 [00:01:30] <bot>\t 03(mod) \b')).toEqual({
      kind: 'message',
      name: 'bot',
      text: ' 03(mod) \b',
      time: { minutes: 1_441.5, dated: true },
    });
    expect(parseIrcLine('[01:02] <brad[] > hi')).toMatchObject({ name: 'brad[] ', text: 'hi' });
  });

  it('[REPLAY-1] is an action or a notice in every form that the logs have', () => {
    const spoken = (line: string) => parseIrcLine(line);
    expect(spoken('[10:00]  * Ada waves')).toMatchObject({ kind: 'action', name: 'Ada', text: 'waves' });
    expect(spoken('w 2013-01-26 [18:14:41] * Ada  hides.')).toMatchObject({
      kind: 'action',
      text: ' hides.',
    });
    expect(spoken('=== Ada scrolls up')).toMatchObject({ kind: 'action', name: 'Ada', text: 'scrolls up' });
    expect(spoken('[07:09]  * Ada')).toMatchObject({ kind: 'action', name: 'Ada', text: '' });
    expect(spoken('w 2013-01-26 [18:14] -bot- a - b')).toMatchObject({
      kind: 'notice',
      name: 'bot',
      text: 'a - b',
    });
  });

  it('[REPLAY-2] is counted when it is no speech, and skipped with a reason when it can not be read', () => {
    const kinds = [
      '=== Ada [~a@example.org]  has joined #ubuntu',
      '=== Ada [~a@example.org]  has left #ubuntu ["Leaving"]',
      'w 2010-11-08 === Ada_ is now known as Ada ',
      '=== mode/#ubuntu [-b *!*@example.org]  by Ada',
      '=== ..[topic/#ubuntu:Ada] : Welcome',
    ].map((line) => parseIrcLine(line).kind);
    expect(kinds).toEqual(['join', 'leave', 'nick', 'mode', 'topic']);
    expect(parseIrcLine('[12:15] <Ada>')).toEqual({ kind: 'skipped', reason: 'no text' });
    expect(parseIrcLine('   ')).toEqual({ kind: 'skipped', reason: 'blank line' });
    for (const line of [
      'hello',
      '[1:2] <Ada> hi',
      'w 2013-99-99 [00:00] <Ada> hi',
      '===',
      '=== x',
      '[01:02] x',
    ]) {
      expect(parseIrcLine(line)).toEqual({ kind: 'skipped', reason: 'unreadable' });
    }
  });
});

describe('an IRC log', () => {
  it('[REPLAY-2] accounts for every line: sent, counted or skipped', () => {
    const broken = Buffer.concat([
      Buffer.from('[00:01] <a> one\r\n[00:01] <a> \0\n'),
      Buffer.from([0x5b, 0xff, 0x0a]),
      Buffer.from(`[00:02] <a> ${'x'.repeat(4_001)}\n=== b [c]  has joined #d\n[00:03] <b> two`),
    ]);
    const read = readIrcLog(broken);
    expect(read.lines).toBe(6);
    expect(read.script.map(({ lineNumber, text }) => [lineNumber, text])).toEqual([
      [1, 'one'],
      [6, 'two'],
    ]);
    expect(Object.fromEntries(read.counted)).toEqual({
      'skipped: not storable': 1,
      'skipped: not UTF-8': 1,
      'skipped: too long': 1,
      join: 1,
    });
  });

  it('[REPLAY-2] of the fixtures: 17,300 lines, of which three have no text and none is unreadable', () => {
    const counted = new Map<string, number>();
    let lines = 0;
    let sent = 0;
    for (const file of readdirSync(FIXTURES).filter((name) => name.endsWith('.txt'))) {
      const read = readIrcLog(readFileSync(new URL(file, FIXTURES)));
      const others = [...read.counted.values()].reduce((sum, count) => sum + count, 0);
      expect(read.script.length + others, file).toBe(read.lines);
      for (const [what, count] of read.counted) counted.set(what, (counted.get(what) ?? 0) + count);
      lines += read.lines;
      sent += read.script.length;
    }
    expect([lines, sent]).toEqual([17_300, 16_456]);
    expect(Object.fromEntries(counted)).toEqual({
      join: 494,
      leave: 48,
      nick: 295,
      mode: 3,
      topic: 1,
      'skipped: no text': 3,
    });
  });

  it('[REPLAY-3] goes over midnight, over noon where it has twelve hours, and never back', () => {
    const hours = (text: string) => log(text).script.map(({ atMs }) => atMs / 3_600_000);
    expect(hours('[23:30] <a> x\n[00:30] <a> x\n[00:10] <a> x\n[13:10] <a> x')).toEqual([
      0,
      1,
      1 + 1 / 120,
      13 + 2 / 3,
    ]);
    expect(hours('[12:30] <a> x\n[01:30] <a> x\n[12:30] <a> x')).toEqual([0, 1, 12]);
    expect(hours('c 2020-01-01 [23:00] <a> x\nc 2020-01-03 [01:00] <a> x')).toEqual([0, 26]);
  });

  it('[REPLAY-3] spreads what was said within a minute over that minute', () => {
    const text = '[13:00] <a> x\n[13:00] <a> x\n=== a waves\n[13:00] <a> x\n[13:01] <a> x';
    expect(log(text).script.map(({ atMs }) => atMs)).toEqual([0, 15_000, 30_000, 45_000, 60_000]);
  });
});
