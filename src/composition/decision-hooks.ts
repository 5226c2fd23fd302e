/** The other program that decides who may connect, join and write, where one is set. */
import { signatureOf } from '../admin/webhooks/signature.ts';
import { boundedFetch, fetchProblem } from '../auth/oidc/bounded-fetch.ts';
import type { Config } from '../config.ts';
import { DecisionHooks } from '../gateway/decision-hooks.ts';
import type { Logger } from '../observability/logger.ts';
import { processClock } from '../threads/process-clock.ts';

/** Of many failed questions one a minute is logged. */
const LOG_EVERY_MS = 60_000;

/** Null where no program is set. */
export function buildDecisionHooks(
  { decisionHook: hook }: Pick<Config, 'decisionHook'>,
  logger: Logger,
): DecisionHooks | null {
  if (hook === undefined) return null;
  const { url, secret, decisions, timeoutMs, whenAway } = hook;
  const ask = boundedFetch(fetch);
  let loggedAt = Number.NEGATIVE_INFINITY;
  const failed = (problem: string): null => {
    if (processClock() - loggedAt > LOG_EVERY_MS) {
      loggedAt = processClock();
      logger.warn({ problem }, 'the decision hook did not answer');
    }
    return null;
  };
  return new DecisionHooks({
    ...{ asked: new Set(decisions), whenAway, mono: processClock, now: () => Date.now() },
    ask: async (body) => {
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
          ? ((await answer.json()) as unknown)
          : failed(`answered ${answer.status}`);
      } catch (error) {
        return failed(fetchProblem(error));
      }
    },
  });
}
