import { describe, expect, it } from 'vitest';
import { channelIdFor, channelNameFor } from '../../src/moving/channel-place.ts';
import { csvRecords } from '../../src/moving/csv-records.ts';
import { derivedId, ownId } from '../../src/moving/derived-id.ts';
import { MoveReport } from '../../src/moving/move-report.ts';
import { ONRABBLE } from '../../src/moving/onrabble.ts';
import { plainValue } from '../../src/moving/plain-value.ts';
import { messageParts, nearestName, oneLine, readTime, storableText } from '../../src/moving/read-value.ts';
import { findTable, givenNames } from '../../src/moving/table-shape.ts';

describe('values of other systems', () => {
  it.each([
    ['2024-03-01 10:00:01.529735', Date.UTC(2024, 2, 1, 10, 0, 1, 529)],
    ['2024-03-01T10:00:01Z', Date.UTC(2024, 2, 1, 10, 0, 1)],
    ['2024-03-01 10:00:01+02', Date.UTC(2024, 2, 1, 8, 0, 1)],
    ['2024-03-01 10:00:01.5-03:30', Date.UTC(2024, 2, 1, 13, 30, 1, 500)],
    ['2024-03-01', Date.UTC(2024, 2, 1)],
    ['1700000000', 1_700_000_000_000],
    ['1700000000123', 1_700_000_000_123],
    ['infinity', null],
    ['0001-01-01 00:00:00 BC', null],
    ['1969-12-31 23:59:59', null],
    ['2024-02-30', null],
    ['2024-13-01', null],
    ['2024-01-01 24:00:00', null],
    ['yesterday', null],
    ['', null],
    [null, null],
  ])('[IMPORT-5] the time %j', (text, ms) => {
    expect(readTime(text)).toBe(ms);
  });

  it('[IMPORT-5] a text that is too long is in several messages, whole characters, parted at spaces', () => {
    expect(messageParts('short')).toEqual(['short']);
    expect(messageParts('🍺'.repeat(4_000))).toHaveLength(1);
    const beer = messageParts('🍺'.repeat(8_001));
    expect(beer.map((part) => Array.from(part).length)).toEqual([4_000, 4_000, 1]);
    const words = 'word '.repeat(2_000).trim();
    const parts = messageParts(words);
    expect(parts.join('')).toBe(words);
    for (const part of parts.slice(0, -1)) expect(part).toMatch(/ $/);
  });

  it('[IMPORT-5] what no text and no name here holds is left out of them', () => {
    expect(storableText('a\0b\ud800')).toBe('ab\ufffd');
    expect(nearestName(' Ada\u202e ', 'x')).toBe('Ada');
    expect(nearestName('\u200b\n', 'x')).toBe('x');
    expect(nearestName('n'.repeat(40), 'x')).toBe('n'.repeat(32));
    expect(oneLine(' a\n\tb ', 9)).toBe('a b');
    expect(oneLine('\0', 9)).toBeNull();
  });

  it('[IMPORT-6] ids are the same after every run, and sort by their time', () => {
    const id = derivedId(1_700_000_000_000, 'onrabble', 'message', '7');
    expect(id).toMatch(/^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(derivedId(1_700_000_000_000, 'onrabble', 'message', '7')).toBe(id);
    expect(derivedId(1_700_000_000_000, 'onrabble', 'whisper', '7')).not.toBe(id);
    expect(derivedId(1_700_000_000_001, 'onrabble', 'message', '7') > id).toBe(true);
    expect(ownId('690766AE876dd929bee54fcd')).toBe('690766ae876dd929bee54fcd');
    for (const none of ['7', '000000000000000000000000', '00000000-0000-0000-0000-000000000000']) {
      expect(ownId(none)).toBeNull();
    }
  });

  it('[IMPORT-5] a channel keeps its id where it can, and no two share one', () => {
    expect(channelIdFor('tech')).toBe('tech');
    const made = ['Tech Talk', 'tech-talk!', '日本語', '音楽', 'x'.repeat(80), ' '].map(channelIdFor);
    expect(new Set(made).size).toBe(made.length);
    for (const id of made) expect(id).toMatch(/^[A-Za-z0-9_.:-]{1,64}$/);
    expect(made[0]).toMatch(/^tech-talk-[0-9a-f]{8}$/);
    expect(channelNameFor('a\nb', 'id')).toBe('a b');
    expect(channelNameFor(' ', 'id')).toBe('id');
  });

  it('[IMPORT-8] Extended JSON, canonical and relaxed', () => {
    expect(plainValue({ $oid: 'abc' })).toBe('abc');
    expect(plainValue({ $date: { $numberLong: '5' } })).toBe('5');
    expect(plainValue({ $date: '2024-01-01T00:00:00Z' })).toBe('2024-01-01T00:00:00Z');
    expect([null, undefined, 7, true, { a: 1 }].map(plainValue)).toEqual([
      null,
      null,
      '7',
      'true',
      '{"a":1}',
    ]);
  });
});

describe('files and tables', () => {
  async function* pieces(...texts: string[]) {
    yield* texts;
  }
  async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
    const found: T[] = [];
    for await (const item of items) found.push(item);
    return found;
  }

  it('[IMPORT-8] CSV with quotes, line breaks and nothing in its fields, however it is cut', async () => {
    const text = 'a,b\r\n1,"x ""y""\nz"\n,""\n\n"q",';
    for (let at = 0; at <= text.length; at += 1) {
      const records = await all(csvRecords(pieces(text.slice(0, at), text.slice(at))));
      expect(records).toEqual([
        { line: 1, fields: ['a', 'b'] },
        { line: 2, fields: ['1', 'x "y"\nz'] },
        { line: 4, fields: [null, ''] },
        { line: 6, fields: ['q', null] },
      ]);
    }
    await expect(all(csvRecords(pieces('a\n"b')))).rejects.toThrow('line 2 has no end');
  });

  it('[IMPORT-8] the first table that has all columns is taken, and names that are given go before', () => {
    const shape = {
      what: 'messages',
      names: ['chat.messages', 'messages'],
      columns: {
        id: { names: ['id'] },
        text: { names: ['content', 'message'] },
        note: { names: ['note'], optional: true },
      },
      order: ['id'],
    } as const;
    const table = (schema: string, name: string, ...columns: string[]) => ({ schema, name, columns });
    const wrong = table('chat', 'messages', 'id');
    const right = table('public', 'Messages', 'ID', 'message');
    const found = findTable(shape, [wrong, right], new Map());
    expect(found).toMatchObject({
      table: right,
      columns: new Map([
        ['id', 'ID'],
        ['text', 'message'],
      ]),
    });
    expect(findTable(shape, [wrong], new Map())).toBe(
      'chat.messages, taken for messages, has no column for text (looked for content, message)',
    );
    expect(findTable(shape, [], new Map())).toContain(
      'there is no table for messages (looked for chat.messages, messages)',
    );
    expect(findTable({ ...shape, optional: true }, [], new Map())).toBeNull();
    const given = givenNames(['messages = public.log', 'messages.text=body'], [shape]);
    if (typeof given === 'string') throw new Error(given);
    const log = table('public', 'log', 'id', 'body', 'content');
    expect(findTable(shape, [right, log], given)).toMatchObject({
      table: log,
      columns: new Map([
        ['id', 'id'],
        ['text', 'body'],
      ]),
    });
    expect(findTable({ ...shape, optional: true }, [right], given)).toContain('looked for public.log');
    for (const bad of ['messages', 'messages=', '=x', 'channels=x', 'messages.body=x']) {
      expect(givenNames([bad], [shape])).toEqual(expect.stringContaining('--map'));
    }
  });

  it('[IMPORT-5] of Keycloak the people of the one realm come, and neither programs nor other realms', () => {
    const issuer = 'https://auth.example/realms/chat';
    const steps = ONRABBLE.steps({ issuer }).filter(({ kind }) => kind === 'users');
    const read = (row: Record<string, string | null>) => steps.map((step) => step.read(row)).at(-1);
    const user = { id: 'u1', name: 'ada', created: '1700000000000', realm: 'r1', program: null };
    steps[0]!.read({ id: 'r1', name: 'chat' });
    steps[0]!.read({ id: 'r0', name: 'master' });
    const people = steps[1]!;
    expect(people.read(user)).toMatchObject({
      from: 'u1',
      name: 'ada',
      login: { kind: 'issuer', issuer, subject: 'u1' },
    });
    expect(people.read({ ...user, realm: 'r0' })).toBeNull();
    // Where it isn't known which realm that is they come.
    expect(people.read({ ...user, realm: 'r9' })).toMatchObject({ from: 'u1' });
    const [realms, others] = ONRABBLE.steps({ issuer: 'https://auth.example/realms/chats' }).filter(
      ({ kind }) => kind === 'users',
    );
    realms!.read({ id: 'r1', name: 'chat' });
    expect(others!.read(user)).toEqual({ problem: 'is of the realm chat, and chats of --issuer is none' });
    expect(people.read({ ...user, program: 'a client' })).toBeNull();
    expect(read({ ...user, id: null })).toEqual({ problem: 'has no id' });
  });

  it('[IMPORT-4] the table at the end counts, and names what was left out', () => {
    const report = new MoveReport();
    report.begin('users', 'public.users');
    report.begin('sessions', null);
    report.count('users', 'added', '1');
    report.count('users', 'known', '2');
    for (let n = 3; n < 15; n += 1) report.count('users', { leftOut: 'has no name' }, `${n}\n`);
    report.remark('users', 'is called x here', '1');
    expect(report.added).toEqual({ users: 1, sessions: 0 });
    expect(report.leftOut).toBe(12);
    expect(report.text()).toBe(
      [
        '          read  added  known  left out  from',
        'users       14      1      1        12  public.users',
        'sessions     0      0      0         0  nowhere: no such table',
        '',
        'Left out:',
        '  users: has no name: 3?, 4?, 5?, 6?, 7?, 8?, 9?, 10?, 11?, 12?, and 2 more',
        '',
        'Not as it was:',
        '  users: is called x here: 1',
        '',
      ].join('\n'),
    );
  });
});
