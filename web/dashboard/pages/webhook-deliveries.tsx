import { useState } from 'preact/hooks';
import { SelectField } from '../../src/components/select-field.tsx';
import { PagedTable } from '../components/data-table.tsx';
import { RowButton } from '../components/row-button.tsx';
import { Time, Words } from '../components/words.tsx';
import type { DeliveryRow } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { linkTo } from '../state/place.ts';
import { usePages } from '../state/use-load.ts';

/** Before that it may be under way. */
const LEFT_ALONE_MS = 60_000;
const STATES = [
  ['', 'All'],
  ['waiting', 'Waiting'],
  ['delivered', 'Delivered'],
  ['dead', 'Given up'],
] as const;

/** What a webhook was told, waits for, and was never told. */
export function WebhookDeliveries({ hookId }: { readonly hookId: string }) {
  const api = useApi();
  const [state, setState] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const hook = `webhooks/${encodeURIComponent(hookId)}`;
  const deliveries = usePages<DeliveryRow>(`${hook}/deliveries`, { state }, 'before');
  const post = async (path: string): Promise<void> => {
    const answer = await api.send('POST', path);
    setProblem(answer.ok ? null : answer.problem);
    deliveries.reload();
  };
  return (
    <>
      <p>
        <a href={linkTo('webhooks')} data-testid="all-hooks">
          All webhooks
        </a>
      </p>
      <div class="bar">
        <SelectField
          label="Shown"
          value={state}
          choices={STATES}
          onValue={setState}
          testId="delivery-state"
        />
        <button type="button" data-testid="test-hook" onClick={() => void post(`${hook}/test`)}>
          Send a test
        </button>
        <button type="button" data-testid="refresh" onClick={deliveries.reload}>
          Refresh
        </button>
      </div>
      <p class="notice" role="alert" data-testid="deliveries-problem">
        {problem}
      </p>
      <PagedTable
        label="Deliveries"
        testId="deliveries"
        pages={deliveries}
        empty="Nothing was to be told."
        keyOf={({ id }) => `${id}`}
        columns={[
          { head: 'When', cell: ({ created_at: at }) => <Time at={at} /> },
          { head: 'What', cell: ({ type }) => type },
          { head: 'State', cell: ({ state: now }) => STATES.find(([id]) => id === now)?.[1] },
          { head: 'Tries', cell: ({ attempts }) => attempts },
          {
            head: 'Next try',
            cell: ({ state: now, next_at: at }) => now === 'waiting' && <Time at={at} />,
          },
          { head: 'Answer', cell: ({ status }) => status },
          { head: 'Problem', cell: ({ problem: why }) => <Words text={why ?? undefined} /> },
          {
            head: 'Acts',
            cell: ({ id, type, state: now, next_at: next }) =>
              (now !== 'waiting' || next > Date.now() + LEFT_ALONE_MS) && (
                <RowButton
                  testId="retry"
                  about={type}
                  act={() => void post(`${hook}/deliveries/${id}/retry`)}
                >
                  {now === 'waiting' ? 'Tell now' : 'Tell again'}
                </RowButton>
              ),
          },
        ]}
      />
    </>
  );
}
