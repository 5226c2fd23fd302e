import { useState } from 'preact/hooks';
import { SelectField } from '../../src/components/select-field.tsx';
import { TextField } from '../../src/components/text-field.tsx';
import { PagedTable } from '../components/data-table.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { RowButton } from '../components/row-button.tsx';
import { PersonLink, Time } from '../components/words.tsx';
import type { MemberRow } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { linkTo } from '../state/place.ts';
import { usePages } from '../state/use-load.ts';

const ROLES = [
  ['member', 'Member'],
  ['moderator', 'Moderator'],
  ['owner', 'Owner'],
] as const;

/** Whoever belongs to a channel. */
export function ChannelMembers({ channelId }: { readonly channelId: string }) {
  const api = useApi();
  const path = `channels/${encodeURIComponent(channelId)}/members`;
  const members = usePages<MemberRow>(path, {}, 'after');
  const [isNew, setNew] = useState(false);
  const [removed, setRemoved] = useState<MemberRow | null>(null);
  return (
    <>
      <p>
        <a href={linkTo('channels')} data-testid="all-channels">
          All channels
        </a>
      </p>
      <div class="bar">
        <h2>
          Members of <bdi>{channelId}</bdi>
        </h2>
        <button class="primary" type="button" data-testid="new-member" onClick={() => setNew(true)}>
          Add somebody
        </button>
      </div>
      <PagedTable
        label="Members"
        testId="members"
        pages={members}
        empty="Nobody belongs to it."
        keyOf={({ user }) => user.id}
        columns={[
          { head: 'Who', cell: ({ user }) => <PersonLink person={user} /> },
          { head: 'Role', cell: ({ role }) => role },
          { head: 'Since', cell: ({ joined_at: at }) => <Time at={at} /> },
          {
            head: 'Acts',
            cell: (member) => (
              <RowButton
                testId="remove-member"
                about={member.user.name ?? member.user.id}
                act={() => setRemoved(member)}
              >
                Take out
              </RowButton>
            ),
          },
        ]}
      />
      {isNew && <NewMemberDialog path={path} onClose={() => setNew(false)} onDone={members.reload} />}
      {removed !== null && (
        <FormDialog
          title={`Take ${removed.user.name ?? removed.user.id} out`}
          submit="Take out"
          testId="remove-member-dialog"
          act={() => api.send('DELETE', path, { query: { user_id: removed.user.id } })}
          onClose={() => setRemoved(null)}
          onDone={members.reload}
        >
          <p>They are out at once, and may come back where the channel is open to them.</p>
        </FormDialog>
      )}
    </>
  );
}

interface NewMemberDialogProps {
  readonly path: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function NewMemberDialog({ path, ...dialog }: NewMemberDialogProps) {
  const api = useApi();
  const [user, setUser] = useState('');
  const [role, setRole] = useState<string>(ROLES[0][0]);
  const body = { user_id: user.trim(), ...(role === 'member' ? {} : { role }) };
  return (
    <FormDialog
      title="Add somebody"
      submit="Add"
      testId="new-member-dialog"
      isReady={user.trim() !== ''}
      act={() => api.send('POST', path, { body })}
      {...dialog}
    >
      <TextField
        label="Id of the user"
        value={user}
        onValue={setUser}
        required
        autofocus
        autoComplete="off"
        testId="member-id"
      />
      <SelectField label="Role" value={role} choices={ROLES} onValue={setRole} testId="member-role" />
    </FormDialog>
  );
}
