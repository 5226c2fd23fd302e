import { useState } from 'preact/hooks';
import { harmless } from '../../src/text/bidi-controls.ts';
import { DataTable } from '../components/data-table.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { Loaded } from '../components/loaded.tsx';
import { RowButton } from '../components/row-button.tsx';
import { Time } from '../components/words.tsx';
import type { Listed, SanctionRow, SessionRow, UserRow } from '../state/answers.ts';
import { useApi, useIsAdmin } from '../state/dashboard-context.ts';
import { linkTo } from '../state/place.ts';
import { useLoad, usePages } from '../state/use-load.ts';
import type { PageProps } from './pages.tsx';
import { EraseDialog } from './erase-dialog.tsx';
import { RolesDialog } from './roles-dialog.tsx';
import { SanctionDialog } from './sanction-dialog.tsx';
import { SanctionTable } from './sanctions-page.tsx';
import { UserMessages } from './user-messages.tsx';
import { UserSearch } from './user-search.tsx';

/** Everybody, and one of them: where they are connected, what holds for them, and what can be done. */
export function UsersPage({ rest: [userId] }: PageProps) {
  if (userId === undefined) return <UserSearch />;
  return (
    <>
      <p>
        <a href={linkTo('users')} data-testid="all-users">
          All users
        </a>
      </p>
      <User key={userId} userId={userId} />
    </>
  );
}

interface SessionList extends Listed<SessionRow> {
  /** Servers that didn't tell theirs. */
  readonly servers_missing: number;
}

function User({ userId }: { readonly userId: string }) {
  const api = useApi();
  const isAdmin = useIsAdmin();
  const about = `users/${encodeURIComponent(userId)}`;
  const path = `${about}/sessions`;
  const known = useLoad(about, () => api.get<{ readonly user: UserRow }>(about));
  const sessions = useLoad(path, () => api.get<SessionList>(path));
  const [opened, setOpened] = useState<'ban' | 'mute' | 'end' | 'roles' | 'erase' | null>(null);
  const [ended, setEnded] = useState<SessionRow | undefined>(undefined);
  const bans = usePages<SanctionRow>('users/bans', { user_id: userId }, 'before');
  const mutes = usePages<SanctionRow>('users/mutes', { user_id: userId }, 'before');
  const user = known.value?.user;
  const end = (session?: SessionRow): void => {
    setEnded(session);
    setOpened('end');
  };
  const reload = (): void => {
    known.reload();
    sessions.reload();
    bans.reload();
    mutes.reload();
  };
  const onClose = (): void => setOpened(null);
  return (
    <>
      <section class="section" aria-label="The user">
        <h2 data-testid="user">
          <bdi>{harmless(user?.name ?? userId)}</bdi>
        </h2>
        <Loaded load={known}>
          {({ user: { id, kind, issuer, roles, since, banned } }) => (
            <p>
              {issuer ?? kind}, {roles.join(', ')}
              {since !== undefined && (
                <>
                  , since <Time at={since} />
                </>
              )}
              {banned === true && <strong class="bad">, banned</strong>}; id <code class="words">{id}</code>
            </p>
          )}
        </Loaded>
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
          {isAdmin && user !== undefined && (
            <button type="button" data-testid="roles" onClick={() => setOpened('roles')}>
              Role
            </button>
          )}
          {isAdmin && (
            <button type="button" data-testid="erase" onClick={() => setOpened('erase')}>
              Erase
            </button>
          )}
        </div>
      </section>
      <section class="section" aria-label="Open connections">
        <h2>Open connections</h2>
        {(sessions.value?.servers_missing ?? 0) > 0 && (
          <p class="bad">
            {sessions.value?.servers_missing} other servers did not answer: connections to them are not here.
          </p>
        )}
        <Loaded
          load={sessions}
          empty={({ items }) => (items.length === 0 ? 'They are not connected.' : null)}
        >
          {({ items }) => (
            <DataTable
              label="Open connections"
              testId="sessions"
              items={items}
              keyOf={({ id, server }) => `${server} ${id}`}
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
                    <RowButton testId="end" about={session.id} act={() => end(session)}>
                      End
                    </RowButton>
                  ),
                },
              ]}
            />
          )}
        </Loaded>
      </section>
      <UserMessages userId={userId} />
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
      {opened === 'roles' && user !== undefined && (
        <RolesDialog user={user} onClose={onClose} onDone={reload} />
      )}
      {opened === 'erase' && (
        <EraseDialog
          userId={userId}
          onClose={onClose}
          onDone={() => {
            location.hash = linkTo('erasures');
          }}
        />
      )}
      {opened === 'end' && (
        <FormDialog
          title={ended === undefined ? 'Disconnect' : `End connection ${ended.id}`}
          submit="End"
          testId="end-dialog"
          act={() => api.send('DELETE', path, { query: { session_id: ended?.id, server: ended?.server } })}
          onClose={onClose}
          onDone={reload}
        >
          <p>They can connect again at once: a ban keeps people out.</p>
        </FormDialog>
      )}
    </>
  );
}
