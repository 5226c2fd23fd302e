/** `npm run verify` against real servers. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../bench/child-server.ts';
import { runCommand } from '../../src/storage/embedded/run-command.ts';
import { startLyingProxy, type Lies } from '../support/lying-proxy.ts';
import { serverToken } from '../support/server-tokens.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';
import { checkHistory } from '../verify/check-history.ts';
import { historyLines, readHistory } from '../verify/history-file.ts';
import type { HistoryRecord } from '../verify/history-record.ts';
import { reportOutcome } from '../verify/report.ts';
import { verify, type VerifyOutcome } from '../verify/verify.ts';

const MAIN = fileURLToPath(new URL('../verify/main.ts', import.meta.url));
const command = (...args: string[]) => runCommand(process.execPath, [MAIN, ...args]);

interface Frame {
  readonly type: string;
  readonly ref?: string;
  readonly channelId?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** An acknowledged message that the log doesn't have. */
const BROKEN: readonly HistoryRecord[] = [
  { type: 'run', at: 0, seed: 1 },
  {
    type: 'invoked',
    at: 1,
    operation: 1,
    channelId: 'c',
    sender: 's',
    authorId: 'ada',
    clientMessageId: 'k',
    content: 'text',
  },
  { type: 'ok', at: 2, operation: 1, id: 'm', seq: 1, duplicate: false },
  { type: 'page', at: 3, channelId: 'c', events: [] },
];

let folder: string;
let server: WireServer;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hubbub-verify-test-'));
  server = await startWireServer({
    GUESTS: 'read',
    RATE_LIMIT_MESSAGES: '10',
    RATE_LIMIT_WINDOW_SECONDS: '1',
  });
});
afterAll(async () => {
  await server.end();
  await rm(folder, { recursive: true, force: true });
});

let runs = 0;
/** A short run with a token of `lifetimeMs`, or as guests. */
async function run(seconds: number, lifetimeMs: number | null, url = server.url): Promise<VerifyOutcome> {
  const { connectionString } = server.database;
  const token =
    lifetimeMs === null ? undefined : await serverToken(connectionString, { name: 'ada', lifetimeMs });
  runs += 1;
  return verify({
    url,
    token,
    channels: 2,
    senders: 2,
    listeners: 2,
    seconds,
    seed: runs,
    channelPrefix: `verify-${runs}-`,
    onStep: () => undefined,
  });
}

describe('a server of its own', () => {
  it(
    '[VERIFY-10] [VERIFY-12] is started, driven, found to keep its promises, and removed',
    { timeout: 120_000 },
    async () => {
      const { code, output } = await command('--seconds', '2', '--listeners', '2', '--seed', '7');
      expect(output).toContain('seed 7: 4 channels, 6 senders, 2 listeners, 2 s');
      expect(output).toMatch(/\n\d+ messages in the logs of 4 channels; \d+ shown to 8 clients, /);
      expect(output).toMatch(
        /\n\d+ whispers: [1-9]\d* acknowledged [^\n]+\n[1-9]\d* entries in 6 inboxes; [1-9]\d* shown\n/,
      );
      expect(output).toMatch(/\nkept: .*\n$/);
      expect(code).toBe(0);
    },
  );
});

describe('a foreign server', () => {
  it(
    '[VERIFY-6] [VERIFY-11] [VERIFY-12] whose rate limits slow it down keeps its promises; clients that are cut at random, or replaced, miss nothing',
    { timeout: 120_000 },
    async () => {
      const outcome = await run(3, 60_000);
      const cuts = outcome.records.filter(({ type }) => type === 'cut');
      const backs = outcome.records.filter(({ type }) => type === 'back');
      expect(cuts.length).toBeGreaterThan(2);
      expect(backs).toHaveLength(cuts.length);
      expect(outcome).toMatchObject({
        kind: 'checked',
        verdict: { findings: [], counts: { resumes: cuts.length, whispers: { invoked: 0 } } },
      });
      const { text, kept } = await reportOutcome(outcome, path.join(folder, 'none.ndjson'));
      expect(text).toMatch(/^the server asked \d+ times to wait/);
      expect(kept).toBe(true);
      await expect(readFile(path.join(folder, 'none.ndjson'))).rejects.toThrow('ENOENT');
    },
  );

  it(
    '[VERIFY-11] in which guests only read is not said to break its promises',
    { timeout: 120_000 },
    async () => {
      const outcome = await run(1, null);
      expect(outcome).toMatchObject({
        kind: 'failed',
        problem: expect.stringMatching(
          /^the server could not be driven [^\n]+ can't join a new channel: not_found, /,
        ),
      });
    },
  );

  it('[VERIFY-11] that ends everyone’s token is not said to break them', { timeout: 120_000 }, async () => {
    const outcome = await run(4, 3_000);
    expect(outcome).toMatchObject({
      kind: 'failed',
      problem: expect.stringMatching(/unauthorized, /),
    });
  });

  it(
    '[VERIFY-11] that refuses the token, or isn’t there, is told in one line',
    { timeout: 120_000 },
    async () => {
      const refused = await command('--url', server.url, '--token', 'nonsense');
      expect(refused.output).toMatch(
        /\nFAILED: 127\.0\.0\.1:\d+ refuses this token: unauthorized, [^\n]+\n$/,
      );
      expect(refused.code).toBe(1);
      const absent = await run(1, null, `ws://127.0.0.1:${await freePort()}/ws`);
      expect(absent).toMatchObject({
        kind: 'failed',
        problem: expect.stringMatching(/^there is no Hubbub server at [^\n]+ECONNREFUSED[^\n]+$/),
      });
      const other = await run(1, null, `${server.url}/elsewhere`);
      expect(other).toMatchObject({
        kind: 'failed',
        problem: expect.stringMatching(/^there is no Hubbub server at [^\n]+: Unexpected[^\n]+ \d+$/),
      });
    },
  );
});

describe('a server that breaks promises now and then', () => {
  /** Changes every third frame of `type` that tells of a message, in one way after the other. */
  const nowAndThen = (type: string, ...changes: readonly ((frame: Frame) => object)[]) => {
    let seen = 0;
    return (text: string): string => {
      const frame = JSON.parse(text) as Frame;
      if (frame.type !== type || frame.data?.['id'] === undefined) return text;
      seen += 1;
      const change = seen % 3 === 0 ? changes[(seen / 3) % changes.length] : undefined;
      return change === undefined ? text : JSON.stringify(change(frame));
    };
  };
  const withData =
    (changed: object) =>
    (frame: Frame): object => ({ ...frame, data: { ...frame.data, ...changed } });
  const altered = nowAndThen(
    'message:created',
    withData({ content: 'other' }),
    withData({ author: { id: 'eve', name: 'eve' } }),
  );
  const misplacedOrRefused = nowAndThen('ack', withData({ seq: 1_000_000 }), ({ ref, channelId }) => {
    return { type: 'error', ref, channelId, data: { code: 'muted', message: 'not now' } };
  });
  let sent = 0;
  /** Acknowledges every fifth message itself. */
  const lost: Lies['toServer'] = (text, answer) => {
    const { type, ref, channelId } = JSON.parse(text) as Frame;
    if (type !== 'message:send') return text;
    sent += 1;
    if (sent % 5 !== 0) return text;
    answer(JSON.stringify({ type: 'ack', ref, channelId, data: { id: 'never', seq: 1_000_000 } }));
    return null;
  };

  it(
    '[VERIFY-2] [VERIFY-3] [VERIFY-4] altered texts and authors, acknowledgements of other places and of nothing, and what was refused and stored are found',
    { timeout: 120_000 },
    async () => {
      const lies: Lies = { toServer: lost, toClient: (text) => misplacedOrRefused(altered(text)) };
      const proxy = await startLyingProxy(`${server.url.replace('http', 'ws')}/ws`, lies);
      try {
        const outcome = await run(3, 60_000, proxy.url);
        const findings = outcome.kind === 'checked' ? outcome.verdict.findings : [];
        for (const [what, detail] of [
          ['altered', /: content$/],
          ['altered', /: authorId$/],
          ['misplaced', /./],
          ['lost', /./],
          ['refused', /./],
        ] as const) {
          expect(findings).toContainEqual({ what, detail: expect.stringMatching(detail) });
        }
      } finally {
        await proxy.close();
      }
    },
  );
});

describe('a recorded history', () => {
  it(
    '[VERIFY-9] [VERIFY-10] of broken promises is written, named, and found broken again',
    { timeout: 120_000 },
    async () => {
      const file = path.join(folder, 'broken.ndjson');
      const verdict = checkHistory(BROKEN);
      const { text, kept } = await reportOutcome(
        { kind: 'checked', verdict, delays: 0, records: BROKEN },
        file,
      );
      expect(kept).toBe(false);
      expect(text).toContain(`BROKEN: 1 findings\nthe history is in ${file}`);
      expect(readHistory(await readFile(file, 'utf8'))).toEqual({ ok: true, records: BROKEN });
      const again = await command('--check', file);
      expect(again.code).toBe(1);
      expect(text.startsWith(again.output)).toBe(true);
    },
  );

  it('[VERIFY-10] of a run that could not be ended is kept too', async () => {
    const file = path.join(folder, 'part.ndjson');
    const report = await reportOutcome({ kind: 'failed', problem: 'it went away', records: BROKEN }, file);
    expect(report).toEqual({ kept: false, text: expect.stringContaining('FAILED: it went away\n') });
    expect(readHistory(await readFile(file, 'utf8'))).toMatchObject({ ok: true });
  });

  it(
    '[VERIFY-10] is checked without a server; what is none is told in one line',
    { timeout: 120_000 },
    async () => {
      const file = path.join(folder, 'history.ndjson');
      await writeFile(file, historyLines(BROKEN.slice(0, 1)));
      const noHistory = path.join(folder, 'no-history');
      await writeFile(noHistory, 'no history\n');
      const [good, bad, absent, wrong, help] = await Promise.all([
        command('--check', file),
        command('--check', noHistory),
        command('--check', path.join(folder, 'absent')),
        command('--seconds', 'x'),
        command('--help'),
      ]);
      expect(good).toMatchObject({ code: 0, output: expect.stringMatching(/\nkept: /) });
      expect(bad).toEqual({ code: 1, output: `${noHistory}: line 1 is no record of a history\n` });
      expect(absent).toMatchObject({ code: 1, output: expect.stringMatching(/^[^\n]+ENOENT[^\n]+\n$/) });
      expect(wrong).toMatchObject({
        code: 1,
        output: expect.stringMatching(/^--seconds is not a whole number in its range\nusage: npm run verify/),
      });
      expect(help).toMatchObject({ code: 0, output: expect.stringMatching(/^usage: /) });
    },
  );
});
