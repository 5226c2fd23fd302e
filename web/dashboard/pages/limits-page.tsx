import { useState } from 'preact/hooks';
import { SelectField } from '../../src/components/select-field.tsx';
import { TextField } from '../../src/components/text-field.tsx';
import { DataTable } from '../components/data-table.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { Loaded } from '../components/loaded.tsx';
import { RowButton } from '../components/row-button.tsx';
import type { Limit, RateLimits } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { useLoad } from '../state/use-load.ts';

/** Of whom a limit is: everybody, a role or a channel. */
type Scope = { readonly role?: string; readonly channel_id?: string };

interface Row extends Limit {
  readonly scope: Scope;
}

/** What a new limit can be for; the server knows the roles. */
const KINDS = [
  ['channel', 'A channel'],
  ['guest', 'Guests'],
  ['user', 'Users'],
  ['moderator', 'Moderators'],
  ['admin', 'Administrators'],
] as const;

/** How many messages one user may send. */
export function LimitsPage() {
  const api = useApi();
  const limits = useLoad('ratelimits', () => api.get<RateLimits>('ratelimits'));
  const [changed, setChanged] = useState<Row | 'new' | null>(null);
  const [removed, setRemoved] = useState<Row | null>(null);
  return (
    <>
      <div class="bar">
        <button class="primary" type="button" data-testid="new-limit" onClick={() => setChanged('new')}>
          Limit for a role or a channel
        </button>
      </div>
      <Loaded load={limits}>
        {(value) => (
          <DataTable
            label="Limits"
            testId="limits"
            items={rowsOf(value)}
            keyOf={({ scope }) => nameOf(scope)}
            columns={[
              { head: 'For', cell: ({ scope }) => nameOf(scope) },
              { head: 'Messages', cell: (row) => <span class="number">{row.message_limit}</span> },
              { head: 'In seconds', cell: (row) => <span class="number">{row.window_seconds}</span> },
              {
                head: 'Acts',
                cell: (row) => (
                  <div class="acts">
                    <RowButton testId="change" about={nameOf(row.scope)} act={() => setChanged(row)}>
                      Change
                    </RowButton>
                    {!isEverybody(row.scope) && (
                      <RowButton testId="remove" about={nameOf(row.scope)} act={() => setRemoved(row)}>
                        Take away
                      </RowButton>
                    )}
                  </div>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      {changed !== null && (
        <LimitDialog
          row={changed === 'new' ? null : changed}
          onClose={() => setChanged(null)}
          onDone={limits.reload}
        />
      )}
      {removed !== null && (
        <FormDialog
          title={`Take the limit for ${nameOf(removed.scope)} away`}
          submit="Take it away"
          testId="remove-limit-dialog"
          act={() => api.send('DELETE', 'ratelimits', { query: { ...removed.scope } })}
          onClose={() => setRemoved(null)}
          onDone={limits.reload}
        >
          <p>Everybody’s limit holds for them again.</p>
        </FormDialog>
      )}
    </>
  );
}

interface LimitDialogProps {
  /** Null: a new one. */
  readonly row: Row | null;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function LimitDialog({ row, ...dialog }: LimitDialogProps) {
  const api = useApi();
  const [kind, setKind] = useState<string>(KINDS[0][0]);
  const [channel, setChannel] = useState('');
  const [messages, setMessages] = useState(row === null ? '' : `${row.message_limit}`);
  const [seconds, setSeconds] = useState(row === null ? '' : `${row.window_seconds}`);
  const chosen: Scope = kind === 'channel' ? { channel_id: channel.trim() } : { role: kind };
  // What was left as it was isn't said, as it may be no whole number.
  const body = {
    ...(row?.scope ?? chosen),
    ...(row !== null && messages === `${row.message_limit}` ? {} : { message_limit: Number(messages) }),
    ...(row !== null && seconds === `${row.window_seconds}` ? {} : { window_seconds: Number(seconds) }),
  };
  return (
    <FormDialog
      title={row === null ? 'New limit' : `Limit for ${nameOf(row.scope)}`}
      submit="Set it"
      testId="limit-dialog"
      act={() => api.send('PATCH', 'ratelimits', { body })}
      {...dialog}
    >
      {row === null && (
        <SelectField label="For" value={kind} choices={KINDS} onValue={setKind} testId="limit-kind" />
      )}
      {row === null && kind === 'channel' && (
        <TextField
          label="Id of the channel"
          value={channel}
          onValue={setChannel}
          required
          autoComplete="off"
          testId="limit-channel"
        />
      )}
      <TextField
        label="Messages"
        value={messages}
        onValue={setMessages}
        required
        inputMode="numeric"
        autoComplete="off"
        testId="limit-messages"
      />
      <TextField
        label="In so many seconds"
        value={seconds}
        onValue={setSeconds}
        required
        inputMode="numeric"
        autoComplete="off"
        testId="limit-seconds"
      />
    </FormDialog>
  );
}

function rowsOf(limits: RateLimits): readonly Row[] {
  const { message_limit, window_seconds, roles, channels } = limits;
  return [
    { scope: {}, message_limit, window_seconds },
    ...roles.map(({ role, ...limit }) => ({ scope: { role }, ...limit })),
    ...channels.map(({ channel_id, ...limit }) => ({ scope: { channel_id }, ...limit })),
  ];
}

function isEverybody({ role, channel_id: channel }: Scope): boolean {
  return role === undefined && channel === undefined;
}

function nameOf({ role, channel_id: channel }: Scope): string {
  if (channel !== undefined) return `#${channel}`;
  return KINDS.find(([id]) => id === role)?.[1] ?? role ?? 'Everybody';
}
