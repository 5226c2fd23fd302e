import { useEffect, useState } from 'preact/hooks';
import { Modal } from '../../src/components/modal.tsx';
import { PagedTable } from '../components/data-table.tsx';
import { RowButton } from '../components/row-button.tsx';
import { PersonLink, Time, Words } from '../components/words.tsx';
import type { ErasureRow } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { usePages } from '../state/use-load.ts';
import { EraseDialog } from './erase-dialog.tsx';

/** How often one that is under way is looked at, ms. */
const LOOK_MS = 2_000;
const STEPS: Readonly<Record<ErasureRow['step'], string>> = {
  find: '1 of 4: looks for what is theirs',
  delete: '2 of 4: deletes messages',
  rewrite: '3 of 4: rewrites logs',
  tables: '4 of 4: clears tables',
  done: 'done',
};

const number = new Intl.NumberFormat();

/** Users who were erased, with how far each is and the proof of it. */
export function ErasuresPage() {
  const api = useApi();
  const erasures = usePages<ErasureRow>('erasures', {}, 'before');
  const [isNew, setNew] = useState(false);
  const [shown, setShown] = useState<ErasureRow | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const isUnderWay = erasures.value?.some(({ done }) => !done) ?? false;
  useEffect(() => {
    if (!isUnderWay) return;
    const timer = setInterval(erasures.reload, LOOK_MS);
    return () => clearInterval(timer);
  }, [isUnderWay]);
  const download = async ({ id, user_id: user }: ErasureRow): Promise<void> => {
    setProblem(await api.download(`users/${encodeURIComponent(user)}/erase`, `erasure-${id}.json`));
  };
  return (
    <>
      <div class="bar">
        <button class="primary" type="button" data-testid="new-erasure" onClick={() => setNew(true)}>
          Erase a user
        </button>
      </div>
      <p class="notice" role="alert" data-testid="erasures-problem">
        {problem}
      </p>
      <PagedTable
        label="Erasures"
        testId="erasures"
        pages={erasures}
        empty="Nobody was erased."
        keyOf={({ id }) => id}
        columns={[
          { head: 'Asked for', cell: ({ requested_at: at }) => <Time at={at} /> },
          { head: 'Id of the user', cell: ({ user_id: user }) => <Words text={user} /> },
          { head: 'By', cell: ({ by }) => <PersonLink person={{ id: by }} /> },
          { head: 'Step', cell: ({ step }) => STEPS[step] },
          { head: 'Done', cell: ({ finished_at: at }) => at !== undefined && <Time at={at} /> },
          {
            head: 'Acts',
            cell: (row) => (
              <div class="acts">
                <RowButton testId="proof" about={row.user_id} act={() => setShown(row)}>
                  What was removed
                </RowButton>
                {row.done && (
                  <RowButton testId="download-proof" about={row.user_id} act={() => void download(row)}>
                    Download the proof
                  </RowButton>
                )}
              </div>
            ),
          },
        ]}
      />
      {isNew && <EraseDialog onClose={() => setNew(false)} onDone={erasures.reload} />}
      {shown !== null && <ProofDialog erasure={shown} onClose={() => setShown(null)} />}
    </>
  );
}

function ProofDialog({ erasure, onClose }: { readonly erasure: ErasureRow; readonly onClose: () => void }) {
  const counts = Object.entries(erasure.counts);
  return (
    <Modal title="What was removed" onClose={onClose} testId="proof-dialog">
      <p>
        Of <Words text={erasure.user_id} />, {erasure.done ? 'in all' : 'so far'}:
      </p>
      {counts.length === 0 ? (
        <p>Nothing yet.</p>
      ) : (
        <ul>
          {counts.map(([kind, count]) => (
            <li key={kind}>
              {kind.replaceAll('_', ' ')}: {number.format(count)}
            </li>
          ))}
        </ul>
      )}
      <p class="hint">SHA-256 over the ids of it, in the order of removal:</p>
      <p>
        <code class="words">{erasure.digest}</code>
      </p>
    </Modal>
  );
}
