import { useState } from 'preact/hooks';
import { CheckField } from '../../src/components/check-field.tsx';
import { TextField } from '../../src/components/text-field.tsx';
import { DataTable } from '../components/data-table.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { Loaded } from '../components/loaded.tsx';
import { RowButton } from '../components/row-button.tsx';
import { SecretDialog } from '../components/secret-dialog.tsx';
import { PersonLink, Time, Words } from '../components/words.tsx';
import type { ApiKeyRow, Listed } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { useLoad } from '../state/use-load.ts';

/** What a key may be good for, and what that means. */
const SCOPES = [
  ['publish', 'Publish into channels'],
  ['broadcast', 'Publish into several at once'],
  ['whisper', 'Whisper as the system'],
  ['members', 'Members of channels'],
  ['users', 'Make and change users'],
  ['sessions', 'Disconnect users'],
  ['tokens', 'Make tokens for users'],
  ['read', 'Read'],
] as const;
const MAX_NAME = 64;

/** Keys of other programs. */
export function KeysPage() {
  const api = useApi();
  const keys = useLoad('api-keys', () => api.get<Listed<ApiKeyRow>>('api-keys'));
  const [edited, setEdited] = useState<ApiKeyRow | 'new' | null>(null);
  const [made, setMade] = useState<string | null>(null);
  const [revoked, setRevoked] = useState<ApiKeyRow | null>(null);
  return (
    <>
      <div class="bar">
        <button class="primary" type="button" data-testid="new-key" onClick={() => setEdited('new')}>
          New key
        </button>
      </div>
      <Loaded load={keys} empty={({ items }) => (items.length === 0 ? 'No program has a key.' : null)}>
        {({ items }) => (
          <DataTable
            label="Keys"
            testId="keys"
            items={items}
            keyOf={({ id }) => id}
            columns={[
              { head: 'Key', cell: ({ name }) => <Words text={name} /> },
              { head: 'Good for', cell: ({ scopes }) => scopes.join(', ') },
              { head: 'A second', cell: ({ requests_per_second: rate }) => rate },
              { head: 'Made', cell: ({ created_at: at }) => <Time at={at} /> },
              { head: 'By', cell: ({ created_by: by }) => <PersonLink person={by} /> },
              {
                head: 'Last used',
                cell: ({ last_used_at: at }) => (at === null ? 'never' : <Time at={at} />),
              },
              {
                head: 'Acts',
                cell: (key) => (
                  <div class="acts">
                    <RowButton testId="change-key" about={key.name} act={() => setEdited(key)}>
                      Change
                    </RowButton>
                    <RowButton testId="revoke" about={key.name} act={() => setRevoked(key)}>
                      Take back
                    </RowButton>
                  </div>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      {edited !== null && (
        <KeyDialog
          known={edited === 'new' ? null : edited}
          onClose={() => setEdited(null)}
          onMade={setMade}
          onDone={keys.reload}
        />
      )}
      {made !== null && <SecretDialog title="The key" secret={made} onClose={() => setMade(null)} />}
      {revoked !== null && (
        <FormDialog
          title={`Take the key ${revoked.name} back`}
          submit="Take it back"
          testId="revoke-dialog"
          act={() => api.send('DELETE', `api-keys/${encodeURIComponent(revoked.id)}`)}
          onClose={() => setRevoked(null)}
          onDone={keys.reload}
        >
          <p>It opens nothing any more, within a second. It can’t be given again.</p>
        </FormDialog>
      )}
    </>
  );
}

interface KeyDialogProps {
  /** Null: a new one. */
  readonly known: ApiKeyRow | null;
  readonly onClose: () => void;
  readonly onMade: (key: string) => void;
  readonly onDone: () => void;
}

function KeyDialog({ known, onMade, ...dialog }: KeyDialogProps) {
  const api = useApi();
  const [name, setName] = useState(known?.name ?? '');
  const [scopes, setScopes] = useState<readonly string[]>(known?.scopes ?? []);
  const [rate, setRate] = useState(`${known?.requests_per_second ?? 100}`);
  const save = async () => {
    const body = { name: name.trim(), scopes, requests_per_second: Number(rate) };
    if (known !== null) return api.send('PATCH', `api-keys/${encodeURIComponent(known.id)}`, { body });
    const answer = await api.send<{ readonly key: string }>('POST', 'api-keys', { body });
    if (answer.ok) onMade(answer.value.key);
    return answer;
  };
  return (
    <FormDialog
      title={known === null ? 'New key' : `Change the key ${known.name}`}
      submit={known === null ? 'Make it' : 'Save'}
      testId="key-dialog"
      isReady={name.trim() !== '' && scopes.length > 0 && /^[1-9]\d*$/.test(rate)}
      act={save}
      {...dialog}
    >
      <TextField
        label="Name"
        hint="Of the program that is to have it."
        value={name}
        onValue={setName}
        maxLength={MAX_NAME}
        required
        autofocus
        autoComplete="off"
        testId="key-name"
      />
      <TextField
        label="Requests a second"
        hint="In the long run; ten times as many at once."
        value={rate}
        onValue={setRate}
        inputMode="numeric"
        required
        autoComplete="off"
        testId="key-rate"
      />
      <fieldset class="choice">
        <legend>Good for</legend>
        {SCOPES.map(([scope, label]) => (
          <CheckField
            key={scope}
            label={label}
            checked={scopes.includes(scope)}
            onChecked={(checked) =>
              setScopes(checked ? [...scopes, scope] : scopes.filter((other) => other !== scope))
            }
            testId={`scope-${scope}`}
          />
        ))}
      </fieldset>
    </FormDialog>
  );
}
