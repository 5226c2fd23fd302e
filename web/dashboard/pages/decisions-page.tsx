import { useState } from 'preact/hooks';
import { Loaded } from '../components/loaded.tsx';
import { Words } from '../components/words.tsx';
import type { DecisionHookAnswer, DecisionTrialAnswer } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { useLoad } from '../state/use-load.ts';

const ASKED: Readonly<Record<string, string>> = {
  'may-connect': 'who may connect',
  'may-join': 'who may join a channel',
  'may-publish': 'what may be written',
};

/** The other program that decides: how it is set, and whether it answers. */
export function DecisionsPage() {
  const api = useApi();
  const hook = useLoad('decision-hooks', () => api.get<DecisionHookAnswer>('decision-hooks'));
  const [told, setTold] = useState<string | null>(null);
  const ask = async (): Promise<void> => {
    setTold('It is asked…');
    const came = await api.send<DecisionTrialAnswer>('POST', 'decision-hooks/test');
    setTold(came.ok ? wordsOf(came.value) : came.problem);
  };
  return (
    <Loaded
      load={hook}
      empty={({ configured }) =>
        configured
          ? null
          : 'No other program decides here. DECISION_HOOK_URL and DECISION_HOOK_SECRET name one, at the next start; docs/server-api.md says what it is asked.'
      }
    >
      {({ url, decisions = [], timeout_ms: timeout, when_away: away }) => (
        <section class="section" aria-label="Who decides">
          <dl class="facts" data-testid="decision-hook">
            <dt>It is asked at</dt>
            <dd>
              <Words text={url} />
            </dd>
            <dt>It decides</dt>
            <dd>{decisions.map((one) => ASKED[one] ?? one).join(', ')}</dd>
            <dt>It has to answer within</dt>
            <dd>{timeout} ms</dd>
            <dt>While it doesn’t</dt>
            <dd>{away === 'allow' ? 'everybody may' : 'nobody may'}</dd>
          </dl>
          <p class="hint">
            These are settings of the server (DECISION_HOOK_…), and change with its next start.
          </p>
          <div class="bar">
            <button type="button" data-testid="try-decision" onClick={() => void ask()}>
              Ask whether I may connect
            </button>
          </div>
          <p role="status" data-testid="decision">
            <Words text={told ?? undefined} />
          </p>
        </section>
      )}
    </Loaded>
  );
}

function wordsOf({ answered, took_ms: took, allow, reason, problem }: DecisionTrialAnswer): string {
  if (!answered) return `No answer after ${took} ms: ${problem ?? 'it said nothing that can be understood'}`;
  const why = reason === undefined ? '' : `: ${reason}`;
  return `${allow === true ? 'Yes' : 'No'}${why} (after ${took} ms)`;
}
