/** What `npm run verify` was asked to do. */
import { parseArgs } from 'node:util';

/** See the head of the file. `url` null: a server of its own. */
export type VerifyCommand =
  | {
      readonly kind: 'drive';
      readonly url: string | null;
      readonly token: string | undefined;
      readonly channels: number;
      readonly senders: number;
      readonly listeners: number;
      readonly seconds: number;
      readonly seed: number;
    }
  | { readonly kind: 'check'; readonly file: string }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problem: string };

export const USAGE = `usage: npm run verify [-- OPTIONS]
  --url URL       the server to drive, ws:, wss:, http: or https:; without it one is started for the purpose
  --token TOKEN   everyone's token; without it everyone is a guest
  --channels N    new channels to write into (4)
  --senders N     clients that write (6)
  --listeners N   clients that only listen (3)
  --seconds N     how long to write (10)
  --seed N        of texts and cuts (another one each time)
  --check FILE    checks a recorded history; no server is needed
`;

const NUMBERS = {
  channels: { least: 1, most: 100, default: 4 },
  senders: { least: 1, most: 1_000, default: 6 },
  listeners: { least: 1, most: 1_000, default: 3 },
  seconds: { least: 1, most: 86_400, default: 10 },
} as const;
const MAX_SEED = 2 ** 32 - 1;
const SCHEMES: ReadonlySet<string> = new Set(['ws:', 'wss:', 'http:', 'https:']);

/** Reads the words behind the command. `freshSeed` is used where none is named. */
export function parseCommand(args: readonly string[], freshSeed: number): VerifyCommand {
  const words = wordsOf(args);
  if (typeof words === 'string') return { kind: 'wrong', problem: words };
  if (words.help === true) return { kind: 'help' };
  if (words.check !== undefined) {
    if (Object.keys(words).length > 1) return { kind: 'wrong', problem: '--check takes no other option' };
    return { kind: 'check', file: words.check };
  }
  const numbers = {
    channels: number(words.channels, NUMBERS.channels),
    senders: number(words.senders, NUMBERS.senders),
    listeners: number(words.listeners, NUMBERS.listeners),
    seconds: number(words.seconds, NUMBERS.seconds),
    seed: number(words.seed, { least: 0, most: MAX_SEED, default: freshSeed }),
  };
  for (const [name, value] of Object.entries(numbers)) {
    if (value === null) return { kind: 'wrong', problem: `--${name} is not a whole number in its range` };
  }
  if (words.url !== undefined && !SCHEMES.has(URL.parse(words.url)?.protocol ?? '')) {
    return { kind: 'wrong', problem: '--url is no address such as ws://127.0.0.1:8080/ws' };
  }
  if (words.token !== undefined && words.url === undefined) {
    return { kind: 'wrong', problem: '--token is for a server that --url names' };
  }
  return { kind: 'drive', url: words.url ?? null, token: words.token, ...(numbers as Numbers) };
}

type Numbers = Readonly<Record<keyof typeof NUMBERS | 'seed', number>>;

/** The options as they were written, or what is wrong with them. */
function wordsOf(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        url: text,
        token: text,
        channels: text,
        senders: text,
        listeners: text,
        seconds: text,
        seed: text,
        check: text,
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return error.message;
  }
}

/** Null: it isn't one that may be. */
function number(
  word: string | undefined,
  range: { readonly least: number; readonly most: number; readonly default: number },
): number | null {
  if (word === undefined) return range.default;
  const value = /^\d+$/.test(word) ? Number(word) : Number.NaN;
  return value >= range.least && value <= range.most ? value : null;
}
