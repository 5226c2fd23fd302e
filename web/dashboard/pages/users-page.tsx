import { useState } from 'preact/hooks';
import { TextField } from '../../src/components/text-field.tsx';
import { DataTable } from '../components/data-table.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { Loaded } from '../components/loaded.tsx';
import { RowButton } from '../components/row-button.tsx';
import { Time } from '../components/words.tsx';
import type { Listed, SanctionRow, SessionRow } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { linkTo } from '../state/place.ts';
import { useLoad, usePages } from '../state/use-load.ts';
import type { PageProps } from './pages.tsx';
import { SanctionDialog } from './sanction-dialog.tsx';
import { SanctionTable } from './sanctions-page.tsx';

/** A user, by their id: where they are connected, what holds for them, and what can be done. */
export function UsersPage({ rest: [userId] }: PageProps) {
  const [id, setId] = useState('');
  return (
    <>
      <form
        class="bar"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          location.hash = linkTo('users', id.trim());
        }}
      >
        <TextField
          label="Id of a user"
          value={id}
          onValue={setId}
          required
          autoComplete="off"
          testId="user-id"
        />
        <button class="primary" type="submit" disabled={id.trim() === ''} data-testid="find-user">
          Look them up
        </button>
      </form>
      {userId === undefined ? (
        <p class="state" data-testid="empty">
          Names lead here from every list: of reports, bans and mutes, and of the audit log.
        </p>
      ) : (
        <User key={userId} userId={userId} />
      )}
    </>
  );
}

function User({ userId }: { readonly userId: string }) {
  const api = useApi();
  const path = `users/${encodeURIComponent(userId)}/sessions`;
  const sessions = useLoad(path, () => api.get<Listed<SessionRow>>(path));
  const [opened, setOpened] = useState<'ban' | 'mute' | 'end' | null>(null);
  const [ended, setEnded] = useState<string | undefined>(undefined);
  const bans = usePages<SanctionRow>('users/bans', { user_id: userId }, 'before');
  const mutes = usePages<SanctionRow>('users/mutes', { user_id: userId }, 'before');
  const name =
    sessions.value?.items[0]?.user.name ?? bans.value?.[0]?.user.name ?? mutes.value?.[0]?.user.name;
  const end = (sessionId?: string): void => {
    setEnded(sessionId);
    setOpened('end');
  };
  const reload = (): void => {
    sessions.reload();
    bans.reload();
    mutes.reload();
  };
  const onClose = (): void => setOpened(null);
  return (
    <>
      <section class="section" aria-label="The user">
        <h2 data-testid="user">
          <bdi>{name ?? userId}</bdi> {name !== undefined && <span class="tag">{userId}</span>}
        </h2>
        <div class="bar">
          <button type="button" data-testid="ban" onClick={() => setOpened('ban')}>
            Ban
          </button>
          <button type="button" data-testid="mute" onClick={() => setOpened('mute')}>
            Mute
          </button>
          <button type="button" data-testid="end-all" onClick={() => end()}>
            Disconnect
          </button>
        </div>
      </section>
      <section class="section" aria-label="Open connections">
        <h2>Open connections</h2>
        <Loaded
          load={sessions}
          empty={({ items }) => (items.length === 0 ? 'They are not connected.' : null)}
        >
          {({ items }) => (
            <DataTable
              label="Open connections"
              testId="sessions"
              items={items}
              keyOf={(session) => session.id}
              columns={[
                { head: 'Since', cell: ({ started_at: at }) => <Time at={at} /> },
                { head: 'From', cell: ({ address }) => address },
                {
                  head: 'By',
                  cell: ({ client_id: client, guest, dashboard }) => (
                    <>
                      {client} {guest && <span class="tag">guest</span>}{' '}
                      {dashboard && <span class="tag">dashboard</span>}
                    </>
                  ),
                },
                {
                  head: 'Acts',
                  cell: (session) => (
                    <RowButton testId="end" about={session.id} act={() => end(session.id)}>
                      End
                    </RowButton>
                  ),
                },
              ]}
            />
          )}
        </Loaded>
      </section>
      <section class="section" aria-label="Bans">
        <h2>Bans</h2>
        <SanctionTable kind="ban" pages={bans} empty="None, now or earlier." />
      </section>
      <section class="section" aria-label="Mutes">
        <h2>Mutes</h2>
        <SanctionTable kind="mute" pages={mutes} empty="None, now or earlier." />
      </section>
      {(opened === 'ban' || opened === 'mute') && (
        <SanctionDialog kind={opened} userId={userId} onClose={onClose} onDone={reload} />
      )}
      {opened === 'end' && (
        <FormDialog
          title={ended === undefined ? 'Disconnect' : `End connection ${ended}`}
          submit="End"
          testId="end-dialog"
          act={() => api.send('DELETE', path, { query: { session_id: ended } })}
          onClose={onClose}
          onDone={reload}
        >
          <p>They can connect again at once: a ban keeps people out.</p>
        </FormDialog>
      )}
    </>
  );
}
