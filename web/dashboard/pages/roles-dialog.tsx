import { useState } from 'preact/hooks';
import { SelectField } from '../../src/components/select-field.tsx';
import { TextField } from '../../src/components/text-field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import type { UserRow } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';

interface RolesDialogProps {
  readonly user: UserRow;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const ROLES = [
  ['', 'User'],
  ['moderator', 'Moderator'],
  ['admin', 'Administrator'],
] as const;
const MAX_REASON = 500;

/** Gives a user another role, or takes it away. Roles that an issuer gives are that one's to take. */
export function RolesDialog({ user, ...dialog }: RolesDialogProps) {
  const api = useApi();
  const has = (role: string): boolean => user.roles.includes(role);
  const [role, setRole] = useState(has('admin') ? 'admin' : has('moderator') ? 'moderator' : '');
  const [reason, setReason] = useState('');
  const body = {
    roles: ['user', ...(role === '' ? [] : [role])],
    ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
  };
  return (
    <FormDialog
      title={`Role of ${user.name}`}
      submit="Give it"
      testId="roles-dialog"
      act={() => api.send('PATCH', `users/${encodeURIComponent(user.id)}`, { body })}
      {...dialog}
    >
      <SelectField label="Role" value={role} choices={ROLES} onValue={setRole} testId="role" />
      <TextField
        label="Reason (optional)"
        hint="For the audit log."
        value={reason}
        onValue={setReason}
        maxLength={MAX_REASON}
        autoComplete="off"
        testId="role-reason"
      />
    </FormDialog>
  );
}
