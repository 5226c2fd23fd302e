/** How the text of a setting becomes a value, kind by kind. */
import { resolve } from 'node:path';
import { isIP } from 'node:net';
import { parseAddressRange } from '../auth/address-range.ts';
import type { AddressRange } from '../auth/address-range.ts';
import { canonicalOrigin } from '../auth/origin.ts';
import type { AllowedOrigins } from '../auth/origin.ts';
import { codePoints, hasControlCharacters, isStorable } from '../protocol/text.ts';

/** What a kind needs to know of where it runs. */
export interface Surroundings {
  /** Folder that relative paths start from. */
  readonly baseDir: string;
}

/** A value, or what the text must be; the sentence goes on after "must be ". */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly must: string };

/** Reads a setting's text, which is never empty. */
export type Kind<T> = (text: string, surroundings: Surroundings) => Parsed<T>;

const good = <T>(value: T): Parsed<T> => ({ ok: true, value });
const bad = (must: string): { readonly ok: false; readonly must: string } => ({ ok: false, must });

/** A whole number, both ends included. */
export function integer(least: number, most: number): Kind<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    return value >= least && value <= most ? good(value) : bad(`a whole number from ${least} to ${most}`);
  };
}

/** One of some words. */
export function oneOf<const T extends string>(...words: readonly T[]): Kind<T> {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    return word === undefined ? bad(`one of ${words.join(', ')}`) : good(word);
  };
}

/** A name for people: 1 to `most` code points without control characters. */
export function name(most: number): Kind<string> {
  return (text) =>
    codePoints(text) <= most && isStorable(text) && !hasControlCharacters(text)
      ? good(text)
      : bad(`a name of 1 to ${most} characters without control characters`);
}

/** An address or a host name to listen on. */
export const listenAddress: Kind<string> = (text) =>
  isIP(text) !== 0 || /^(?!-)[A-Za-z0-9.-]{1,253}$/.test(text)
    ? good(text)
    : bad('an address such as 127.0.0.1, 0.0.0.0 or :: (without brackets), or a host name');

/** A folder; the value is absolute. */
export const folder: Kind<string> = (text, { baseDir }) =>
  text.includes('\0') ? bad('a path') : good(resolve(baseDir, text));

/** Where browsers find the server; the value has no slash at its end. */
export const publicUrl: Kind<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain = url !== null && url.username === '' && url.password === '' && url.search + url.hash === '';
  return plain && /^https?:$/.test(url.protocol)
    ? good(url.href.replace(/\/+$/, ''))
    : bad('an http or https address such as https://chat.example.org');
};

/** A PostgreSQL connection string. */
export const databaseUrl: Kind<string> = (text) =>
  /^postgres(ql)?:\/\/[^\s]+$/.test(text) && URL.canParse(text)
    ? good(text)
    : bad('an address such as postgres://user:password@host:5432/database');

const NAMED_RANGES: Readonly<Record<string, readonly string[]>> = {
  off: [],
  loopback: ['127.0.0.0/8', '::1'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** Addresses and blocks of them, `loopback` and `private` among them; `off` for none. */
export const addressRanges: Kind<readonly AddressRange[]> = (text) => {
  const written = items(text).flatMap((item) => NAMED_RANGES[item] ?? [item]);
  const ranges = written.flatMap((item) => parseAddressRange(item) ?? []);
  return ranges.length === written.length
    ? good(ranges)
    : bad('addresses or blocks such as 10.0.0.0/8, separated by commas, or loopback, private or off');
};

/** Origins, or `*`. */
export const origins: Kind<AllowedOrigins> = (text) => {
  if (text === '*') return good('*');
  const written = items(text);
  const list = written.flatMap((item) => canonicalOrigin(item) ?? []);
  return list.length === written.length
    ? good(list)
    : bad('origins such as https://example.org (no path), separated by commas, or *');
};

function items(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
