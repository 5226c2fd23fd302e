/** Bans and mutes that hold everywhere, and held. */
import { useState } from 'preact/hooks';
import { SelectField } from '../../src/components/select-field.tsx';
import { PagedTable } from '../components/data-table.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { RowButton } from '../components/row-button.tsx';
import { PersonLink, Time, Words } from '../components/words.tsx';
import type { SanctionRow } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { type Pages, usePages } from '../state/use-load.ts';
import { SanctionDialog } from './sanction-dialog.tsx';

type Kind = 'ban' | 'mute';

const SHOWN = [
  ['true', 'In force'],
  ['false', 'Over'],
  ['', 'All'],
] as const;

export function BansPage() {
  return <SanctionsPage kind="ban" />;
}

export function MutesPage() {
  return <SanctionsPage kind="mute" />;
}

function SanctionsPage({ kind }: { readonly kind: Kind }) {
  const [active, setActive] = useState('true');
  const [isNew, setNew] = useState(false);
  const pages = usePages<SanctionRow>(`users/${kind}s`, { active }, 'before');
  return (
    <>
      <div class="bar">
        <SelectField label="Shown" value={active} choices={SHOWN} onValue={setActive} testId="shown" />
        <button class="primary" type="button" data-testid="new-sanction" onClick={() => setNew(true)}>
          {kind === 'ban' ? 'Ban somebody' : 'Mute somebody'}
        </button>
      </div>
      <SanctionTable
        kind={kind}
        pages={pages}
        empty={kind === 'ban' ? 'Nobody is banned here.' : 'Nobody is muted here.'}
      />
      {isNew && <SanctionDialog kind={kind} onClose={() => setNew(false)} onDone={pages.reload} />}
    </>
  );
}

interface SanctionTableProps {
  readonly kind: Kind;
  readonly pages: Pages<SanctionRow>;
  readonly empty: string;
}

/** Sanctions with their ends; those in force can be pardoned. */
export function SanctionTable({ kind, pages, empty }: SanctionTableProps) {
  const api = useApi();
  const [pardoned, setPardoned] = useState<SanctionRow | null>(null);
  const idOf = ({ ban_id: ban, mute_id: mute }: SanctionRow): string => ban ?? mute ?? '';
  return (
    <>
      <PagedTable
        label={kind === 'ban' ? 'Bans' : 'Mutes'}
        testId={`${kind}s`}
        pages={pages}
        empty={empty}
        keyOf={idOf}
        columns={[
          { head: 'Who', cell: ({ user }) => <PersonLink person={user} /> },
          { head: 'Why', cell: ({ reason }) => <Words text={reason} /> },
          { head: 'By', cell: ({ by }) => <PersonLink person={by} /> },
          { head: 'Since', cell: ({ created_at: at }) => <Time at={at} /> },
          { head: 'Until', cell: ({ until }) => (until === null ? 'no end' : <Time at={until} />) },
          {
            head: 'State',
            cell: (sanction) =>
              sanction.active ? (
                <RowButton
                  testId="pardon"
                  about={sanction.user.name ?? sanction.user.id}
                  act={() => setPardoned(sanction)}
                >
                  Pardon
                </RowButton>
              ) : sanction.pardoned ? (
                'pardoned'
              ) : (
                'over'
              ),
          },
        ]}
      />
      {pardoned !== null && (
        <FormDialog
          title={`Pardon ${pardoned.user.name ?? pardoned.user.id}`}
          submit="Pardon"
          testId="pardon-dialog"
          act={() => api.send('DELETE', `users/${kind}`, { query: { [`${kind}_id`]: idOf(pardoned) } })}
          onClose={() => setPardoned(null)}
          onDone={pages.reload}
        >
          <p>{kind === 'ban' ? 'They may come in again' : 'They may write again'} at once.</p>
        </FormDialog>
      )}
    </>
  );
}
