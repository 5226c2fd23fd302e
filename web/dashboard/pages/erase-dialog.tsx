import { useState } from 'preact/hooks';
import { TextField } from '../../src/components/text-field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { useApi } from '../state/dashboard-context.ts';

interface EraseDialogProps {
  /** Absent: it is asked for. */
  readonly userId?: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Erases a user, after their id was typed. */
export function EraseDialog({ userId, ...dialog }: EraseDialogProps) {
  const api = useApi();
  const [typed, setTyped] = useState('');
  const [again, setAgain] = useState('');
  const id = userId ?? typed.trim();
  return (
    <FormDialog
      title="Erase a user"
      submit="Erase for good"
      testId="erase-dialog"
      isReady={id !== '' && again.trim() === id}
      act={() => api.send('POST', `users/${encodeURIComponent(id)}/erase`)}
      {...dialog}
    >
      <p>
        Their account, name, messages, whispers and reactions go, what was reported and noted of them, and
        their connections, logins and exports. Nothing of it can be brought back but from backups of before.
      </p>
      {userId === undefined && (
        <TextField
          label="Id of the user"
          value={typed}
          onValue={setTyped}
          required
          autofocus
          autoComplete="off"
          testId="erase-user"
        />
      )}
      <TextField
        label={id === '' ? 'The id once more' : `Type ${id} to go on`}
        value={again}
        onValue={setAgain}
        required
        autoComplete="off"
        testId="erase-confirm"
      />
    </FormDialog>
  );
}
