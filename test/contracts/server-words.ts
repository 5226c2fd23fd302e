/** What every way for words between servers keeps to. Run by memory-words and valkey-words. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ServerQuestions } from '../../src/cache/server-questions.ts';
import { ServerWords, type WordsTransport } from '../../src/cache/server-words.ts';
import type { ServerWord } from '../../src/shard/ports/other-servers.ts';
import { runtimeTimers } from '../../src/threads/runtime-timers.ts';

/** Ways of three servers, two of them on one Valkey channel, and a way to say anything there. */
export interface WordsFixture {
  readonly ways: readonly [WordsTransport, WordsTransport];
  readonly questions: readonly [WordsTransport, WordsTransport];
  forge(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Runs the suite over what `open` gives. */
export function serverWordsContract(name: string, open: () => Promise<WordsFixture>): void {
  describe(`words between servers, ${name}`, () => {
    let fixture: WordsFixture;
    let servers: ServerWords[] = [];
    const heard: unknown[][] = [[], []];
    beforeAll(async () => {
      fixture = await open();
      servers = fixture.ways.map((transport, index) => {
        const words = new ServerWords({ transport, self: `server-${index}`, timers: runtimeTimers() });
        words.listen({
          moved: (logs) => heard[index]!.push(...logs.map((moved) => ['moved', ...moved])),
          changed: (logs) => heard[index]!.push(...logs.map((log) => ['changed', log])),
          said: (said) => heard[index]!.push(...said.map((word) => ['said', word])),
        });
        return words;
      });
      await vi.waitFor(() => {
        expect(fixture.ways.every(({ isHeard }) => isHeard)).toBe(true);
      });
    });
    afterAll(async () => {
      for (const words of servers) words.close();
      await fixture.close();
    });

    it('[NODE-1] take the newest number of each log to the others, and not back', async () => {
      const [one, two] = servers as [ServerWords, ServerWords];
      for (const head of [1, 2, 3]) one.moved('channel:a', head);
      one.moved('channel:a', 2);
      one.moved('inbox:ada', 7);
      one.changed('channel:b');
      await expect.poll(() => heard[1]).toHaveLength(3);
      expect(heard[1]!.splice(0)).toEqual([
        ['moved', 'channel:a', 3],
        ['moved', 'inbox:ada', 7],
        ['changed', 'channel:b'],
      ]);
      two.moved('channel:a', 4);
      await expect.poll(() => heard[0]).toEqual([['moved', 'channel:a', 4]]);
      heard[0]!.splice(0);
    });

    it('[NODE-1] take any number of logs, some at once', async () => {
      const logs = Array.from({ length: 2_500 }, (_, index) => `channel:many-${index}` as const);
      for (const log of logs) servers[0]!.moved(log, 1);
      await expect.poll(() => heard[1]).toHaveLength(logs.length);
      heard[1]!.splice(0);
    });

    it('[NODE-7] take the newest word of who types', async () => {
      const typing = (isOn: boolean): ServerWord => ({
        ...{ kind: 'typing', channelId: 'a', user: { id: 'ada', name: 'Ada' }, isOn },
      });
      for (const isOn of [true, false, true]) servers[0]!.say(typing(isOn));
      await expect.poll(() => heard[1]).toEqual([['said', typing(true)]]);
      heard[1]!.splice(0);
    });

    it('[NODE-2] leave out what isn’t as it should be', async () => {
      const bad = [
        'nonsense',
        'null',
        '{"from":"x"}',
        '{"from":1,"moved":[["channel:a",1]]}',
        '{"from":"x","moved":[["a",1],["channel:a"],["channel:a",-1],["channel:a",1.5],7],"changed":["b",null]}',
        '{"from":"x","words":[{"kind":"typing"},{"kind":"other"},{"kind":"told","channelId":"a","user":"u","frame":"{\\"type\\":\\"message:created\\",\\"seq\\":1}"}]}',
        '{"from":"x","words":[{"kind":"receipt","to":"a","receipt":{"type":"whisper:read"}}]}',
      ];
      for (const text of bad) await fixture.forge(text);
      await fixture.forge('{"from":"x","moved":[["channel:last",1]]}');
      for (const index of [0, 1]) {
        await expect.poll(() => heard[index]).toEqual([['moved', 'channel:last', 1]]);
        heard[index]!.splice(0);
      }
    });

    it('[NODE-8] a question is answered by who is there, and who isn’t is named', async () => {
      let ids = 0;
      const [asking, answering] = fixture.questions.map((transport, index) => {
        const answer = async (question: unknown): Promise<unknown> =>
          question === 'not for you' ? undefined : { question, by: index };
        const newId = (): string => `${index}-${(ids += 1)}`;
        return new ServerQuestions({ transport, self: `${index}`, timers: runtimeTimers(), newId, answer });
      }) as [ServerQuestions, ServerQuestions];
      await expect.poll(() => fixture.questions.every(({ isHeard }) => isHeard)).toBe(true);
      expect(await asking.ask('nobody', [])).toEqual({ answers: new Map(), missing: [] });
      expect(await asking.ask('who?', ['1'])).toEqual({
        answers: new Map([['1', { question: 'who?', by: 1 }]]),
        missing: [],
      });
      const started = performance.now();
      expect(await answering.ask('who?', ['0', 'gone'])).toEqual({
        answers: new Map([['0', { question: 'who?', by: 0 }]]),
        missing: ['gone'],
      });
      expect(performance.now() - started).toBeLessThan(2_000);
      const both = asking.ask('not for you', ['1']);
      await pause(1);
      asking.close();
      expect(await both).toMatchObject({ missing: ['1'] });
      answering.close();
    });
  });
}
