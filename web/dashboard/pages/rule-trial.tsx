import { useState } from 'preact/hooks';
import type { RuleCondition } from '../../../src/protocol/automod-rules.ts';
import { Status } from '../components/status.tsx';
import { PersonLink, Time, Words } from '../components/words.tsx';
import type { DryRun } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';

interface RuleTrialProps {
  readonly when: RuleCondition;
  readonly channels: readonly string[] | null;
  /** It was tried, whatever was found. */
  readonly onTried: () => void;
}

type Trial =
  | { readonly kind: 'none' | 'running' }
  | { readonly kind: 'failed'; readonly problem: string }
  | { readonly kind: 'done'; readonly run: DryRun };

/** What a rule would have found among the newest messages. */
export function RuleTrial({ when, channels, onTried }: RuleTrialProps) {
  const api = useApi();
  const [trial, setTrial] = useState<Trial>({ kind: 'none' });
  const tryIt = async (): Promise<void> => {
    setTrial({ kind: 'running' });
    const body = { when, ...(channels === null ? {} : { channels }) };
    const answer = await api.send<DryRun>('POST', 'automod/dry-run', { body });
    if (answer.ok) {
      setTrial({ kind: 'done', run: answer.value });
      onTried();
    } else setTrial({ kind: 'failed', problem: answer.problem });
  };
  return (
    <div class="section" data-testid="trial">
      {trial.kind !== 'failed' && (
        <button
          type="button"
          disabled={trial.kind === 'running'}
          data-testid="try-rule"
          onClick={() => void tryIt()}
        >
          Try it on what was written
        </button>
      )}
      {trial.kind === 'running' && <Status problem={null} onRetry={() => undefined} />}
      {trial.kind === 'failed' && <Status problem={trial.problem} onRetry={() => void tryIt()} />}
      {trial.kind === 'done' && <Found run={trial.run} />}
    </div>
  );
}

function Found({ run: { scanned, matched, samples } }: { readonly run: DryRun }) {
  return (
    <>
      <p role="status" data-testid="trial-result">
        Of the newest {scanned} messages it finds {matched}
        {matched > samples.length ? `, the last ${samples.length} of them here` : ''}.
      </p>
      {samples.length > 0 && (
        <div class="quotes" tabIndex={0} role="group" aria-label="What it finds" data-testid="samples">
          {samples.map((sample) => (
            <p key={sample.id}>
              <PersonLink person={sample.author} /> in #{sample.channel_id}, <Time at={sample.timestamp} />:{' '}
              <Words text={sample.content} />
            </p>
          ))}
        </div>
      )}
    </>
  );
}
