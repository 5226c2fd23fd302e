/**
 * Reports of messages. The channel decides who may and tells who is to know; what is reported, with what was said before it,
 * is read by the store in the statement that keeps it, so that it is what stood there then.
 */
import { ack, refuse, reply } from '../log/answers.ts';
import { decide } from '../protocol/decide.ts';
import { encodeEphemeralEvent } from '../protocol/encode.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { type Report, resolvedFrame, withinBytes } from '../protocol/reports.ts';
import { isStorable } from '../protocol/text.ts';
import type { Effect, ReportAnswer, ReportRequest } from './effects.ts';
import { leaveProblem } from './leave.ts';
import type { ChannelState, Context, Effects } from './state.ts';

/** Asks the store, unless `problem` is in the way. */
export function askReports(
  state: ChannelState,
  request: ReportRequest,
  problem: Failure | null,
  ctx: Context,
): Effects {
  return problem === null
    ? [{ kind: 'reports', request }]
    : refuse(request.waiter, state.id, ctx.now, problem);
}

/** Why `request` may not handle reports here, who needn't be in the channel; null: they may. */
export function handlingProblem(
  state: ChannelState,
  { from }: Pick<ReportRequest, 'from'>,
  ctx: Context,
): Failure | null {
  return leaveProblem(state, from, 'report:handle', ctx);
}

/** What is wrong with text that goes with a report, or null. */
export function textProblem(name: 'reason' | 'note', text: string | undefined): Failure | null {
  if (text === undefined) return null;
  if (text.trim() === '') return failure('bad_request', `${name} says nothing`);
  return isStorable(text)
    ? null
    : failure('bad_request', `${name} must be well-formed Unicode without U+0000`);
}

/** The store has answered: tells who asked, and moderators of a new report, or the reporter of its end. */
export function reportsAnswered(
  state: ChannelState,
  { task, waiter }: ReportRequest,
  answer: ReportAnswer,
  ctx: Context,
): Effects {
  if ('code' in answer) return refuse(waiter, state.id, ctx.now, answer);
  if ('items' in answer) {
    return reply('reports', waiter, state.id, ctx.now, JSON.stringify(withinBytes(answer)));
  }
  const { report, duplicate } = answer;
  const { id } = report;
  const acked = ack(waiter, state.id, ctx.now, duplicate ? { id, duplicate } : { id });
  if (duplicate || task.do === 'claim') return acked;
  return [...acked, ...(task.do === 'file' ? tellModerators(state, report, ctx) : tellReporter(report, ctx))];
}

/** Whoever may handle it and is here, but for the author of the message. */
function tellModerators(state: ChannelState, report: Report, ctx: Context): Effects {
  const frame = encodeEphemeralEvent('report:created', state.id, ctx.now, report);
  const but = report.message.author.id;
  return [...toHandlers(state, frame, but, ctx), { kind: 'moderators', frame, but }];
}

/** A frame to whoever may handle reports and is here, but to one. */
export function toHandlers(
  state: ChannelState,
  frame: string,
  but: string | undefined,
  ctx: Context,
): Effects {
  return [...state.userOf].flatMap(([to, user]): Effect[] =>
    user.id !== but && decide(user, 'report:handle', state, ctx) === null
      ? [{ kind: 'send', to, frame }]
      : [],
  );
}

/** Wherever they are. */
function tellReporter(report: Report, ctx: Context): Effects {
  return [{ kind: 'tell', user: report.reporter.id, frame: resolvedFrame(report, ctx.now) }];
}
