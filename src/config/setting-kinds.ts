/** How the text of a setting becomes a value, kind by kind. */
import { resolve } from 'node:path';
import { isIP } from 'node:net';
import { parseAddressRange } from '../auth/address-range.ts';
import type { AddressRange } from '../auth/address-range.ts';
import { parseAccountName } from '../auth/display-name.ts';
import { canonicalOrigin } from '../auth/origin.ts';
import type { AllowedOrigins } from '../auth/origin.ts';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '../auth/accounts.ts';
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

/** A share, from 0 to 1. */
export const ratio: Kind<number> = (text) => {
  const value = /^\d{1,2}(\.\d{1,15})?$/.test(text) ? Number(text) : NaN;
  return value >= 0 && value <= 1 ? good(value) : bad('a number from 0 to 1, such as 0.01');
};

/** Headers of HTTP by their names in lower case: name=value, separated by commas, values percent-encoded. */
export const headers: Kind<Readonly<Record<string, string>>> = (text) => {
  const pairs = items(text).map((item) => /^([!#$%&'*+.^_`|~\w-]+)\s*=\s*(.*)$/.exec(item));
  const named = pairs.map((pair) => [pair?.[1]?.toLowerCase() ?? '', decoded(pair?.[2] ?? '')] as const);
  return named.every(([name, value]) => name !== '' && value !== null)
    ? good(Object.fromEntries(named.map(([name, value]) => [name, value ?? ''])))
    : bad('headers such as authorization=Bearer%20abc, separated by commas');
};

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

/** A Valkey or Redis; the value has `redis:` or, over TLS, `rediss:` for its scheme. */
export const valkeyUrl: Kind<string> = (text) =>
  /^(?:redis|valkey)s?:\/\/[!-~]+$/.test(text) && URL.canParse(text)
    ? good(text.replace(/^valkey/, 'redis'))
    : bad('an address such as redis://user:password@host:6379, with rediss:// or valkeys:// over TLS');

const MAX_ISSUER_LENGTH = 512;

/**
 * An issuer of tokens, kept as it is written: tokens are compared with it character by character, so that a slash at
 * its end matters (OpenID Connect Core 1.0, section 2: https, without query or fragment; http is for trying things out).
 */
export const issuerUrl: Kind<string> = (text) =>
  isIssuerUrl(text)
    ? good(text)
    : bad('an http or https address without user name, query and fragment, such as https://id.example.org');

/** Several of them. */
export const issuerUrls: Kind<readonly string[]> = (text) => {
  const list = items(text);
  if (list.length === 0 || !list.every(isIssuerUrl)) {
    return bad(
      'http or https addresses without user name, query and fragment, such as https://id.example.org, separated by commas',
    );
  }
  return new Set(list).size === list.length ? good(list) : bad('a list without an issuer that stands twice');
};

/** What the program that signs tokens calls itself; names of this server's own tokens are taken. */
export const tokenIssuer: Kind<string> = (text) =>
  isWord(text) && !text.startsWith('urn:hubbub:')
    ? good(text)
    : bad('1 to 255 characters without spaces, not beginning with urn:hubbub:');

/** Words without spaces, separated by commas. */
export const words: Kind<readonly string[]> = (text) => {
  const list = items(text);
  return list.length > 0 && list.every(isWord)
    ? good(list)
    : bad('words of at most 255 characters without spaces, separated by commas');
};

/** Some of `known`, separated by commas. */
export function someOf<const T extends string>(...known: readonly T[]): Kind<readonly T[]> {
  return (text) => {
    const list = items(text);
    const found = known.filter((word) => list.includes(word));
    return list.length > 0 && list.every((item) => found.some((word) => word === item))
      ? good(found)
      : bad(`some of ${known.join(', ')}, separated by commas`);
  };
}

/** Client ids, separated by commas. */
export const clientIds = words;

/** Client ids by their place in the list; an empty place has none. */
export const positionalClientIds: Kind<readonly (string | undefined)[]> = (text) => {
  const list = text.split(',').map((item) => item.trim() || undefined);
  return list.every((item) => item === undefined || isWord(item))
    ? good(list)
    : bad('client ids of at most 255 characters without spaces, separated by commas');
};

/** A secret of at least `least` bytes (UTF-8), at most 4 KiB. */
export function secret(least: number): Kind<string> {
  return (text) => {
    const bytes = text.isWellFormed() ? Buffer.byteLength(text) : 0;
    return bytes >= least && bytes <= 4096
      ? good(text)
      : bad(`at least ${least} bytes of well-formed text, such as what "openssl rand -base64 48" prints`);
  };
}

/** A name that an account can have. */
export const accountName: Kind<string> = (text) => {
  const parsed = parseAccountName(text);
  return parsed.ok ? good(parsed.value) : bad('a name of 1 to 32 characters that does not begin with guest-');
};

/** A password that an account can have. */
export const password: Kind<string> = (text) =>
  text.isWellFormed() && codePoints(text) >= MIN_PASSWORD_LENGTH && codePoints(text) <= MAX_PASSWORD_LENGTH
    ? good(text)
    : bad(`a password of ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters`);

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

/** Percent-decoded; null where that is no value of a header. */
function decoded(text: string): string | null {
  try {
    const value = decodeURIComponent(text);
    return /^[\t\x20-\x7e]*$/.test(value) ? value : null;
  } catch {
    return null;
  }
}

function items(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

// Printable ASCII only: Node's parser of addresses would drop a line break and turn other letters into something else.
function isIssuerUrl(text: string): boolean {
  if (text.length > MAX_ISSUER_LENGTH || !/^https?:\/\/[!-~]+$/.test(text) || /[?#,]/.test(text))
    return false;
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && url.username === '' && url.password === '';
}

function isWord(text: string): boolean {
  return /^[!-~]{1,255}$/.test(text);
}
