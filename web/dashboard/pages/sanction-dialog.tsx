import { useState } from 'preact/hooks';
import { SelectField } from '../../src/components/select-field.tsx';
import { TextField } from '../../src/components/text-field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { useApi } from '../state/dashboard-context.ts';

interface SanctionDialogProps {
  readonly kind: 'ban' | 'mute';
  /** Absent: it is asked for. */
  readonly userId?: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** Durations, seconds; empty: without end. */
const DURATIONS = [
  [`${HOUR}`, '1 hour'],
  [`${DAY}`, '1 day'],
  [`${7 * DAY}`, '7 days'],
  [`${30 * DAY}`, '30 days'],
  ['', 'Without end'],
] as const;
/** What goes of what they wrote, seconds; empty: nothing. */
const DELETIONS = [
  ['', 'Nothing'],
  [`${HOUR}`, 'The last hour'],
  [`${DAY}`, 'The last day'],
] as const;
const MAX_REASON = 500;

/** Bans or mutes somebody everywhere. */
export function SanctionDialog({ kind, userId, ...dialog }: SanctionDialogProps) {
  const api = useApi();
  const [id, setId] = useState(userId ?? '');
  const [seconds, setSeconds] = useState<string>(DURATIONS[1][0]);
  const [deletion, setDeletion] = useState('');
  const [reason, setReason] = useState('');
  const body = {
    [kind === 'ban' ? 'banished_id' : 'muted_id']: id.trim(),
    ...(seconds === '' ? {} : { duration_seconds: Number(seconds) }),
    ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
    ...(kind === 'ban' && deletion !== '' ? { delete_seconds: Number(deletion) } : {}),
  };
  return (
    <FormDialog
      title={kind === 'ban' ? 'Ban everywhere' : 'Mute everywhere'}
      submit={kind === 'ban' ? 'Ban' : 'Mute'}
      testId="sanction-dialog"
      isReady={id.trim() !== ''}
      act={() => api.send('POST', `users/${kind}`, { body })}
      {...dialog}
    >
      {userId === undefined && (
        <TextField
          label="Id of the user"
          value={id}
          onValue={setId}
          required
          autofocus
          autoComplete="off"
          testId="sanction-user"
        />
      )}
      <SelectField
        label="For"
        value={seconds}
        choices={DURATIONS}
        onValue={setSeconds}
        testId="sanction-duration"
      />
      {kind === 'ban' && (
        <SelectField
          label="Delete of what they wrote"
          value={deletion}
          choices={DELETIONS}
          onValue={setDeletion}
          testId="sanction-deletion"
        />
      )}
      <TextField
        label="Reason (optional)"
        hint="They are told."
        value={reason}
        onValue={setReason}
        maxLength={MAX_REASON}
        autoComplete="off"
        testId="sanction-reason"
      />
    </FormDialog>
  );
}
