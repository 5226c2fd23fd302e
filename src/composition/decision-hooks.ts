/** The other program that decides who may connect, join and write, where one is set. */
import type { DecisionHook } from '../admin/ports/decision-hook.ts';
import { signatureOf } from '../admin/webhooks/signature.ts';
import { boundedFetch, fetchProblem } from '../auth/oidc/bounded-fetch.ts';
import type { Config } from '../config.ts';
import { DecisionHooks, type DecisionHooksDeps, decisionOf, questionOf } from '../gateway/decision-hooks.ts';
import type { Logger } from '../observability/logger.ts';
import { processClock } from '../threads/process-clock.ts';

/** Of many failed questions one a minute is logged. */
const LOG_EVERY_MS = 60_000;

/** Null where no program is set. */
export function buildDecisionHooks(
  { decisionHook: hook }: Pick<Config, 'decisionHook'>,
  logger: Logger,
  told: DecisionHooksDeps['told'],
): DecisionHooks | null {
  if (hook === undefined) return null;
  const { decisions, whenAway } = hook;
  const ask = asking(hook);
  let loggedAt = Number.NEGATIVE_INFINITY;
  return new DecisionHooks({
    ...{ asked: new Set(decisions), whenAway, mono: processClock, now: () => Date.now() },
    ...(told === undefined ? {} : { told }),
    ask: async (body) => {
      const came = await ask(body);
      if ('answer' in came) return came.answer;
      if (processClock() - loggedAt > LOG_EVERY_MS) {
        loggedAt = processClock();
        logger.warn({ problem: came.problem }, 'the decision hook did not answer');
      }
      return null;
    },
  });
}

/** The same for who looks after it; null where no program is set. */
export function describeDecisionHook({
  decisionHook: hook,
}: Pick<Config, 'decisionHook'>): DecisionHook | null {
  if (hook === undefined) return null;
  const { decisions, timeoutMs, whenAway } = hook;
  const { origin, pathname } = new URL(hook.url);
  const ask = asking(hook);
  return {
    state: { url: origin + pathname, decisions, timeoutMs, whenAway },
    try: async ({ id, name, guest, roles }) => {
      const began = processClock();
      const came = await ask(questionOf('may-connect', { id, name, guest, roles }, {}, Date.now()));
      const tookMs = Math.round(processClock() - began);
      if ('problem' in came) return { tookMs, problem: came.problem };
      const answer = decisionOf(came.answer);
      return answer === null ? { tookMs, problem: 'answered without `allow`' } : { tookMs, answer };
    },
  };
}

type Came = { readonly answer: unknown } | { readonly problem: string };

function asking({ url, secret, timeoutMs }: NonNullable<Config['decisionHook']>) {
  const ask = boundedFetch(fetch);
  return async (body: string): Promise<Came> => {
    try {
      const answer = await ask(url, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'x-hubbub-signature': signatureOf(secret, body, Date.now()),
        },
        signal: AbortSignal.timeout(timeoutMs),
      });
      return answer.status === 200
        ? { answer: (await answer.json()) as unknown }
        : { problem: `answered ${answer.status}` };
    } catch (error) {
      return { problem: fetchProblem(error) };
    }
  };
}
