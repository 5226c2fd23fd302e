/** What the page makes of what is being written, and of whom it is about. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completionAt } from '../../web/src/state/completion.ts';
import {
  findChannels,
  isUnknownChannel,
  knownChannels,
  typedChannel,
} from '../../web/src/state/find-channels.ts';
import { findEmoji } from '../../web/src/state/find-emoji.ts';
import { mentions } from '../../web/src/state/mentions.ts';
import { splitText } from '../../web/src/state/split-text.ts';
import { newChannel } from '../../web/src/state/page-state.ts';

const summary = (id: string, name = id) => ({ id, name, private: false });
const inserts = (text: string, names: readonly string[] = []) =>
  completionAt(text, text.length, { mentioned: names, whispered: names })?.items.map(
    ({ insert }) => insert,
  ) ?? [];

describe('a text that is too long', () => {
  it('[PAGE-54] is cut behind lines, else behind words, else anywhere', () => {
    expect(splitText('one two\nthree four', 12)).toEqual(['one two', 'three four']);
    expect(splitText('one two three', 8)).toEqual(['one two', 'three']);
    expect(splitText('abcdefgh', 3)).toEqual(['abc', 'def', 'gh']);
    expect(splitText('  \n ', 2)).toEqual([]);
    expect(splitText('short', 10)).toEqual(['short']);
  });

  it('[PAGE-54] loses nothing but white space at the cuts, and no piece is too long, empty or half a character', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.integer({ min: 1, max: 40 }),
        (text, most) => {
          const pieces = splitText(text, most);
          expect(pieces.join('').replace(/\s/gu, '')).toBe(text.replace(/\s/gu, ''));
          for (const piece of pieces) {
            expect(Array.from(piece).length).toBeLessThanOrEqual(most);
            expect(piece.trim()).not.toBe('');
            expect(piece.isWellFormed()).toBe(true);
          }
        },
      ),
    );
  });
});

describe('completion', () => {
  it('[PAGE-53] offers emoji for a short code that is begun, and none within a word, a time or an address', () => {
    expect(inserts('nice :tad')).toEqual(['🎉 ']);
    expect(inserts(':HEART')[0]).toBe('❤️ ');
    expect(inserts(':h')).toEqual([]);
    expect(inserts('at 10:30')).toEqual([]);
    expect(inserts('https://example.org')).toEqual([]);
    expect(inserts(':nosuchthing')).toEqual([]);
    expect(completionAt('a :tad b', 6, { mentioned: [], whispered: [] })).toMatchObject({ from: 2, to: 6 });
  });

  it('[PAGE-53] offers names behind an @, without regard to case', () => {
    expect(inserts('hi @gr', ['ada', 'Grace Hopper', 'gregor'])).toEqual(['@Grace Hopper ', '@gregor ']);
    expect(inserts('mail me@gr', ['grace'])).toEqual([]);
    expect(inserts('@', ['grace'])).toEqual([]);
  });

  it('[PAGE-53] finds emoji by any of their names, those that begin so first', () => {
    expect(findEmoji('thumbsup')[0]?.emoji).toBe('👍');
    expect(findEmoji('heart')[0]?.names.some((name) => name.startsWith('heart'))).toBe(true);
    expect(findEmoji('').length).toBeGreaterThan(80);
  });
});

describe('a mention', () => {
  it.each([
    ['hey @ada!', 'ada', true],
    ['Ada, look', 'ada', true],
    ['what ADA says', 'Ada', true],
    ['adamant', 'ada', false],
    ['in canada', 'ada', false],
    ['canada and ada', 'ada', true],
    ['hi bo', 'bo', false],
    ['hi @bo', 'bo', true],
    ['@bob', 'bo', false],
    ['𝒶ada', 'ada', false],
    ['Grace Hopper?', 'grace hopper', true],
    ['nothing', '', false],
  ])('[PAGE-59] %j of %j: %j', (content, name, expected) => {
    expect(mentions(content, name)).toBe(expected);
  });
});

describe('looking for a channel', () => {
  const known = knownChannels({
    channels: { games: { ...newChannel('games'), unread: 2 } },
    listed: [summary('general'), summary('games'), summary('film-club', 'Film Club'), summary('board-games')],
    found: { prefix: 'zo', items: [summary('zoo')] },
    counts: {
      games: { unread: 9, mentions: 9 },
      hidden: { unread: 3, mentions: 1 },
      zoo: { unread: 4, mentions: 0 },
      quiet: { unread: 1, mentions: 0 },
    },
  });

  it('[PAGE-49] has what one is in first, each once, with what waits there', () => {
    const others = ['general', 'film-club', 'board-games', 'zoo'];
    expect(known.map(({ id }) => id)).toEqual(['games', 'hidden', ...others]);
    expect(known[0]).toMatchObject({ joined: true, unread: 2, mentions: 0 });
  });

  it('[PAGE-84] has what the server counts where one is not in, with what mentions one in front', () => {
    expect(known[1]).toMatchObject({ id: 'hidden', joined: false, unread: 3, mentions: 1 });
    expect(known.at(-1)).toMatchObject({ id: 'zoo', joined: false, unread: 4, mentions: 0 });
  });

  it('[PAGE-49] finds by id and by name, exactly first, then what begins so', () => {
    expect(findChannels(known, 'games').map(({ id }) => id)).toEqual(['games', 'board-games']);
    expect(findChannels(known, 'FILM c').map(({ id }) => id)).toEqual(['film-club']);
    expect(findChannels(known, 'nothing')).toEqual([]);
  });

  it('[PAGE-49] takes what can name a channel, and is none yet, for one to join', () => {
    expect(typedChannel('  #new ')).toBe('new');
    expect(isUnknownChannel(known, 'new')).toBe(true);
    expect(isUnknownChannel(known, 'games')).toBe(false);
    expect(isUnknownChannel(known, 'two words')).toBe(false);
  });
});
