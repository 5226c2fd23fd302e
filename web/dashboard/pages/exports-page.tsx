import { useEffect, useState } from 'preact/hooks';
import { SelectField } from '../../src/components/select-field.tsx';
import { TextField } from '../../src/components/text-field.tsx';
import { DateField, dayStart } from '../components/date-field.tsx';
import { DataTable } from '../components/data-table.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { LinesField } from '../components/lines-field.tsx';
import { Loaded } from '../components/loaded.tsx';
import { RowButton } from '../components/row-button.tsx';
import { PersonLink, Time, Words } from '../components/words.tsx';
import type { ExportRow, Listed } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { useLoad } from '../state/use-load.ts';

/** How often one that is under way is looked at, ms. */
const LOOK_MS = 2_000;
const KINDS = [
  ['messages', 'Messages of channels'],
  ['user', 'Everything about a user'],
] as const;
const FORMATS = [
  ['ndjson', 'NDJSON: a JSON object a line'],
  ['csv', 'CSV: a table'],
] as const;
const STATES = {
  queued: 'waits',
  running: 'is written',
  done: 'done',
  failed: 'failed',
  interrupted: 'was interrupted',
} as const;

const number = new Intl.NumberFormat();

/** Exports that are kept, with how far they are. */
export function ExportsPage() {
  const api = useApi();
  const exports = useLoad('exports', () => api.get<Listed<ExportRow>>('exports'));
  const [isNew, setNew] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const items = exports.value?.items ?? [];
  const isUnderWay = items.some(({ state }) => state === 'queued' || state === 'running');
  useEffect(() => {
    if (!isUnderWay) return;
    const timer = setInterval(exports.reload, LOOK_MS);
    return () => clearInterval(timer);
  }, [isUnderWay]);
  const remove = async (id: string): Promise<void> => {
    const answer = await api.send('DELETE', `exports/${encodeURIComponent(id)}`);
    setProblem(answer.ok ? null : answer.problem);
    exports.reload();
  };
  const download = async ({ id, kind, format }: ExportRow): Promise<void> => {
    setProblem(await api.download(`exports/${encodeURIComponent(id)}/file`, `${kind}-${id}.${format}`));
  };
  return (
    <>
      <div class="bar">
        <button class="primary" type="button" data-testid="new-export" onClick={() => setNew(true)}>
          New export
        </button>
      </div>
      <p class="notice" role="alert" data-testid="exports-problem">
        {problem}
      </p>
      <Loaded load={exports} empty={({ items: all }) => (all.length === 0 ? 'No export is kept.' : null)}>
        {({ items: all }) => (
          <DataTable
            label="Exports"
            testId="exports"
            items={all}
            keyOf={({ id }) => id}
            columns={[
              { head: 'Begun', cell: ({ created_at: at }) => <Time at={at} /> },
              {
                head: 'Of',
                cell: (row) => (
                  <>
                    <Words text={subjectOf(row)} />
                    {row.from !== undefined && (
                      <>
                        , from <Time at={row.from} />
                      </>
                    )}
                    {row.to !== undefined && (
                      <>
                        , before <Time at={row.to} />
                      </>
                    )}
                  </>
                ),
              },
              { head: 'Format', cell: ({ format }) => format },
              { head: 'By', cell: ({ by }) => <PersonLink person={by} /> },
              {
                head: 'State',
                cell: ({ state, problem: why }) => `${STATES[state]}${why === undefined ? '' : `: ${why}`}`,
              },
              { head: 'Rows', cell: ({ rows }) => number.format(rows) },
              {
                head: 'Acts',
                cell: (row) => (
                  <div class="acts">
                    {row.state === 'done' && (
                      <RowButton testId="download" about={row.id} act={() => void download(row)}>
                        Download
                      </RowButton>
                    )}
                    <RowButton testId="remove" about={row.id} act={() => void remove(row.id)}>
                      {row.state === 'queued' || row.state === 'running' ? 'Stop' : 'Remove'}
                    </RowButton>
                  </div>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      <p class="hint">
        Imports are made where the server runs: <code>npm run import</code> puts an export of messages
        (NDJSON), or what another chat server kept, into its database. docs/moving.md has the rest.
      </p>
      {isNew && <NewExportDialog onClose={() => setNew(false)} onDone={exports.reload} />}
    </>
  );
}

function NewExportDialog(dialog: { readonly onClose: () => void; readonly onDone: () => void }) {
  const api = useApi();
  const [kind, setKind] = useState<string>(KINDS[0][0]);
  const [format, setFormat] = useState<string>(FORMATS[0][0]);
  const [channels, setChannels] = useState('');
  const [user, setUser] = useState('');
  const [first, setFirst] = useState('');
  const [last, setLast] = useState('');
  const named = channels
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const [from, to] = [dayStart(first), dayStart(last, 1)];
  const messages = {
    ...(named.length === 0 ? {} : { channel_ids: named }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
  const about = kind === 'user' ? { user_id: user.trim() } : messages;
  return (
    <FormDialog
      title="New export"
      submit="Begin"
      testId="new-export-dialog"
      isReady={kind !== 'user' || user.trim() !== ''}
      act={() => api.send('POST', 'exports', { body: { kind, format, ...about } })}
      {...dialog}
    >
      <p>It is kept for a day. That it was made stands in the audit log.</p>
      <SelectField label="Of" value={kind} choices={KINDS} onValue={setKind} testId="export-kind" />
      {kind === 'user' ? (
        <TextField
          label="Id of the user"
          value={user}
          onValue={setUser}
          required
          autoComplete="off"
          testId="export-user"
        />
      ) : (
        <>
          <LinesField
            label="Ids of channels, one a line (optional)"
            hint="None: all channels."
            value={channels}
            onValue={setChannels}
            testId="export-channels"
          />
          <DateField label="First day (optional)" value={first} onValue={setFirst} testId="export-from" />
          <DateField label="Last day (optional)" value={last} onValue={setLast} testId="export-to" />
        </>
      )}
      <SelectField
        label="Format"
        value={format}
        choices={FORMATS}
        onValue={setFormat}
        testId="export-format"
      />
    </FormDialog>
  );
}

function subjectOf({ kind, user_id: user, channel_ids: channels }: ExportRow): string {
  if (kind === 'user') return `everything about ${user ?? 'a user'}`;
  return channels === undefined ? 'messages of all channels' : `messages of ${channels.join(', ')}`;
}
