/** Pages of the inbox's log, and answers that hold one. */
import { refuse, reply } from '../log/answers.ts';
import type { ReadPage } from '../log/committed-event.ts';
import { type Page, pageFromRing, settlePage } from '../log/pages.ts';
import { beginRead, endRead } from '../log/shown-changes.ts';
import { encodeReply } from '../protocol/encode.ts';
import type { Failure } from '../protocol/errors.ts';
import type { Effects, ReadPurpose } from './effects.ts';
import { WHISPER_CHANGES } from './changes-shown.ts';
import { summaryOf } from './frames.ts';
import type { Context, InboxState } from './state.ts';

/** The page that `purpose` asks for: answered out of the ring, or read. */
export function askPage(state: InboxState, purpose: ReadPurpose, ctx: Context): Effects {
  const page = pageFromRing(state, purpose.range);
  if (page !== null) return answerPage(state, purpose, page, ctx);
  beginRead(state);
  return [{ kind: 'read', range: purpose.range, purpose }];
}

/** A page that `read` asked for, or why there is none. */
export function pageRead(
  state: InboxState,
  purpose: ReadPurpose,
  result: ReadPage | Failure,
  ctx: Context,
): Effects {
  const asOfNow = endRead(state, WHISPER_CHANGES);
  if ('code' in result) return refuse(purpose.waiter, undefined, ctx.now, result);
  const read = { events: result.events.map(asOfNow), hasMore: result.hasMore };
  return answerPage(state, purpose, settlePage(state, purpose.range, read), ctx);
}

/** The events as a JSON array. */
export function eventsJson(events: Page['events']): string {
  return `[${events.map(({ json }) => json).join(',')}]`;
}

/** A resume is answered even without a `ref`; live events go on right behind its page. */
function answerPage(state: InboxState, purpose: ReadPurpose, page: Page, ctx: Context): Effects {
  const { waiter } = purpose;
  const events = eventsJson(page.events);
  if (purpose.kind === 'history') {
    return reply('whispers', waiter, undefined, ctx.now, `{"events":${events},"hasMore":${page.hasMore}}`);
  }
  const { connection, ref } = waiter;
  if (!state.connections.has(connection)) return [];
  const summary = JSON.stringify(summaryOf(state)).slice(1, -1);
  const data = `{${summary},"recovered":${purpose.recovered},"hasMore":${page.hasMore},"events":${events}}`;
  const frame = encodeReply('inbox:resumed', ref, undefined, ctx.now, data);
  return [{ kind: 'send', to: connection, frame }];
}
