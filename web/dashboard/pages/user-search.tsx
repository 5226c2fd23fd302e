import { useState } from 'preact/hooks';
import { CheckField } from '../../src/components/check-field.tsx';
import { TextField } from '../../src/components/text-field.tsx';
import { PagedTable } from '../components/data-table.tsx';
import { PersonLink, Time } from '../components/words.tsx';
import type { UserRow } from '../state/answers.ts';
import { usePages } from '../state/use-load.ts';

const MAX_NAME = 64;

/** Everybody who is known here, by what is in their names. */
export function UserSearch() {
  const [typed, setTyped] = useState('');
  const [search, setSearch] = useState('');
  const [registered, setRegistered] = useState(false);
  const users = usePages<UserRow>('users', { search, registered_only: registered }, 'after');
  return (
    <>
      <form
        class="bar"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          setSearch(typed.trim());
        }}
      >
        <TextField
          label="Part of a name"
          value={typed}
          onValue={setTyped}
          maxLength={MAX_NAME}
          autoComplete="off"
          testId="user-search"
        />
        <CheckField label="No guests" checked={registered} onChecked={setRegistered} testId="registered" />
        <button class="primary" type="submit" data-testid="find-user">
          Search
        </button>
      </form>
      <PagedTable
        label="Users"
        testId="users"
        pages={users}
        empty="Nobody is called so."
        keyOf={({ id }) => id}
        columns={[
          { head: 'Name', cell: (user) => <PersonLink person={user} /> },
          { head: 'Id', cell: ({ id }) => id },
          { head: 'Kind', cell: ({ kind, issuer }) => issuer ?? kind },
          { head: 'Roles', cell: ({ roles }) => roles.join(', ') },
          { head: 'Since', cell: ({ since }) => since !== undefined && <Time at={since} /> },
          { head: 'State', cell: ({ banned }) => banned === true && <strong class="bad">banned</strong> },
        ]}
      />
    </>
  );
}
