/** The command line of `npm run soak`. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { SoakTarget } from './soak.ts';

/** How it is used. */
export const USAGE =
  'usage: npm run soak -- [--minutes N] [--clients N] [--rate N] [--seed N] [--svg FILE] ' +
  '[--url http://127.0.0.1:PORT [--token TOKEN]]';

const LOOPBACK = ['127.0.0.1', 'localhost'];

/** What was asked for. */
export interface SoakOptions {
  readonly minutes: number;
  readonly clients: number;
  /** Messages a second. */
  readonly rate: number;
  readonly seed: number;
  /** File for the picture. */
  readonly svg: string;
  readonly target: SoakTarget | null;
}

/** Reads the arguments; a text says in one line what is wrong with them. */
export function soakOptions(args: readonly string[], newSeed: () => number): SoakOptions | string {
  let values: ReturnType<typeof parsed>;
  try {
    values = parsed(args);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const minutes = Number(values.minutes);
  const clients = Number(values.clients);
  const rate = Number(values.rate);
  const seed = values.seed === undefined ? newSeed() : Number(values.seed);
  if (!(minutes > 0 && Number.isFinite(minutes))) return '--minutes takes a number above 0';
  if (!Number.isInteger(clients) || clients < 2) return '--clients takes a whole number from 2';
  if (!(rate > 0 && Number.isFinite(rate))) return '--rate takes a number of messages a second above 0';
  if (!Number.isInteger(seed)) return '--seed takes a whole number';
  if (values.token !== undefined && values.url === undefined) return '--token is for a server at --url';
  const port = values.url === undefined ? null : loopbackPort(values.url);
  if (values.url !== undefined && port === null)
    return '--url takes a server on this machine: http://127.0.0.1:8080';
  return {
    minutes,
    clients,
    rate,
    seed,
    svg: values.svg ?? join(tmpdir(), `hubbub-soak-${seed}.svg`),
    target: port === null ? null : { port, token: values.token ?? null },
  };
}

function parsed(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '20' },
      clients: { type: 'string', default: '200' },
      rate: { type: 'string', default: '100' },
      seed: { type: 'string' },
      svg: { type: 'string' },
      url: { type: 'string' },
      token: { type: 'string' },
    },
  }).values;
}

/** Null for an address that the load can't reach. */
function loopbackPort(text: string): number | null {
  const url = URL.parse(text);
  if (url === null || !['http:', 'ws:'].includes(url.protocol) || !LOOPBACK.includes(url.hostname))
    return null;
  return url.port === '' ? 80 : Number(url.port);
}
