import { useEffect, useState } from 'preact/hooks';
import type { ChannelMember, ChannelRole } from '../../../src/protocol/entities.ts';
import { ROLE_CHOICES, roleOf, withFormer } from '../state/channel-roles.ts';
import { usePageStore } from '../state/store-context.ts';
import { harmless } from '../text/bidi-controls.ts';
import { Modal } from './modal.tsx';
import { SelectField } from './select-field.tsx';
import { TextField } from './text-field.tsx';
import { useOutcome } from './use-outcome.ts';

interface RolesDialogProps {
  readonly channelId: string;
  readonly onClose: () => void;
}

/** Who looks after a channel. Whether one may change that is the server's to say; its refusal is shown. */
export function RolesDialog({ channelId, onClose }: RolesDialogProps) {
  const { roles } = usePageStore();
  const [people, setPeople] = useState<readonly ChannelMember[] | null>(null);
  const [problem, setProblem] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<ChannelRole>('moderator');
  const { busy, outcome, run } = useOutcome('Done.');
  const load = async (): Promise<void> => {
    const now = await roles.list(channelId);
    if (typeof now === 'string') setProblem(now);
    else setPeople((before) => withFormer(before ?? [], now));
  };
  useEffect(() => void load(), []);
  const give = async (
    user: { readonly id: string } | { readonly name: string },
    wanted: ChannelRole,
  ): Promise<boolean> => {
    const problem = await run(() => roles.give(channelId, user, wanted));
    await load();
    return problem === null;
  };
  return (
    <Modal title="Roles" onClose={onClose} testId="roles-dialog">
      <p class="hint" role="status" data-testid="roles-status">
        {problem !== ''
          ? problem
          : people === null
            ? 'Loading…'
            : people.length === 0
              ? 'Nobody has a role here.'
              : ''}
      </p>
      <div data-testid="roles">
        {people?.map(({ user, role: now }) => (
          <SelectField
            key={user.id}
            label={harmless(user.name)}
            value={now}
            choices={ROLE_CHOICES}
            onValue={(value) => {
              const wanted = roleOf(value) ?? now;
              // What is refused turns back when the roles come again.
              setPeople(people.map((one) => (one.user.id === user.id ? { user, role: wanted } : one)));
              void give({ id: user.id }, wanted);
            }}
            testId={`role-of-${user.name}`}
          />
        ))}
      </div>
      <form
        class="account-form"
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = name.trim();
          if (wanted !== '') void give({ name: wanted }, role).then((done) => done && setName(''));
        }}
      >
        <TextField
          label="Give somebody a role, by name"
          value={name}
          onValue={setName}
          autofocus
          autoComplete="off"
          testId="role-name"
        />
        <SelectField
          label="Role"
          value={role}
          choices={ROLE_CHOICES}
          onValue={(value) => setRole(roleOf(value) ?? role)}
          testId="role-choice"
        />
        <button type="submit" disabled={busy || name.trim() === ''} data-testid="give-role">
          Give
        </button>
      </form>
      <p class="hint" role="status" data-testid="roles-outcome">
        {outcome}
      </p>
    </Modal>
  );
}
