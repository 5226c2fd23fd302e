/** What the page of channels asks before it does something. */
import { useState } from 'preact/hooks';
import { CheckField } from '../../src/components/check-field.tsx';
import { TextField } from '../../src/components/text-field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import type { ChannelRow } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';

interface DialogProps {
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const MAX_NAME = 64;
const MAX_TOPIC = 500;
const MAX_DESCRIPTION = 1_000;
const RETENTION_HINT = 'Empty: as the server has it. 0: for ever.';

/** Makes a channel. */
export function NewDialog(dialog: DialogProps) {
  const api = useApi();
  const [name, setName] = useState('');
  const [id, setId] = useState('');
  const [description, setDescription] = useState('');
  const [isPrivate, setPrivate] = useState(false);
  const body = {
    name: name.trim(),
    private: isPrivate,
    ...(id === '' ? {} : { id: id.trim() }),
    ...(description === '' ? {} : { description }),
  };
  return (
    <FormDialog
      title="New channel"
      submit="Make it"
      testId="new-channel-dialog"
      isReady={name.trim() !== ''}
      act={() => api.send('POST', 'channels', { body })}
      {...dialog}
    >
      <TextField
        label="Name"
        value={name}
        onValue={setName}
        maxLength={MAX_NAME}
        required
        autofocus
        testId="name"
      />
      <TextField
        label="Id (optional)"
        hint="Stays for good. Without one it is made of the name."
        value={id}
        onValue={setId}
        maxLength={MAX_NAME}
        autoComplete="off"
        testId="id"
      />
      <TextField
        label="Description (optional)"
        value={description}
        onValue={setDescription}
        maxLength={MAX_DESCRIPTION}
        testId="description"
      />
      <CheckField
        label="Private: for its members alone"
        checked={isPrivate}
        onChecked={setPrivate}
        testId="private"
      />
    </FormDialog>
  );
}

/** Changes what a channel is called and who it is for; archives it. */
export function ChannelDialog({ channel, ...dialog }: DialogProps & { readonly channel: ChannelRow }) {
  const api = useApi();
  const [name, setName] = useState(channel.name);
  const [topic, setTopic] = useState(channel.topic ?? '');
  const [description, setDescription] = useState(channel.description ?? '');
  const [isPrivate, setPrivate] = useState(channel.private);
  const wasArchived = channel.archived === true;
  const [days, setDays] = useState(shownNumber(channel.retention_days));
  const [messages, setMessages] = useState(shownNumber(channel.retention_messages));
  const [archived, setArchived] = useState(wasArchived);
  const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());
  const body = {
    id: channel.id,
    ...(name.trim() === channel.name ? {} : { name: name.trim() }),
    ...(topic === (channel.topic ?? '') ? {} : { topic: orNull(topic) }),
    ...(description === (channel.description ?? '') ? {} : { description: orNull(description) }),
    ...(isPrivate === channel.private ? {} : { private: isPrivate }),
    ...(days === shownNumber(channel.retention_days) ? {} : { retention_days: numberOrNull(days) }),
    ...(messages === shownNumber(channel.retention_messages)
      ? {}
      : { retention_messages: numberOrNull(messages) }),
    ...(archived === wasArchived ? {} : { archived }),
  };
  return (
    <FormDialog
      title={`Change #${channel.id}`}
      submit="Save"
      testId="change-channel-dialog"
      isReady={name.trim() !== '' && Object.keys(body).length > 1}
      act={() => api.send('PATCH', 'channels', { body })}
      {...dialog}
    >
      <TextField
        label="Name"
        value={name}
        onValue={setName}
        maxLength={MAX_NAME}
        required
        autofocus
        testId="name"
      />
      <TextField label="Topic" value={topic} onValue={setTopic} maxLength={MAX_TOPIC} testId="topic" />
      <TextField
        label="Description"
        value={description}
        onValue={setDescription}
        maxLength={MAX_DESCRIPTION}
        testId="description"
      />
      <TextField
        label="Days that messages are kept"
        hint={RETENTION_HINT}
        value={days}
        onValue={setDays}
        inputMode="numeric"
        autoComplete="off"
        testId="retention-days"
      />
      <TextField
        label="How many messages are kept"
        hint={RETENTION_HINT}
        value={messages}
        onValue={setMessages}
        inputMode="numeric"
        autoComplete="off"
        testId="retention-messages"
      />
      <CheckField
        label="Archived: it can be read, and nobody writes there"
        checked={archived}
        onChecked={setArchived}
        testId="archived"
      />
      <CheckField
        label="Private: for its members alone"
        checked={isPrivate}
        onChecked={setPrivate}
        testId="private"
      />
    </FormDialog>
  );
}

/** As a field has it. */
function shownNumber(number: number | null | undefined): string {
  return number == null ? '' : String(number);
}

/** What is no number is for the server to refuse. */
function numberOrNull(text: string): number | string | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  return /^\d{1,15}$/u.test(trimmed) ? Number(trimmed) : trimmed;
}

/** Deletes a channel; with all that is in it only after its id was typed. */
export function DeleteDialog({ channel, ...dialog }: DialogProps & { readonly channel: ChannelRow }) {
  const api = useApi();
  const [purge, setPurge] = useState(false);
  const [typed, setTyped] = useState('');
  return (
    <FormDialog
      title={`Delete #${channel.id}`}
      submit={purge ? 'Delete for good' : 'Delete'}
      testId="delete-channel-dialog"
      isReady={!purge || typed === channel.id}
      act={() => api.send('DELETE', 'channels', { query: { id: channel.id, purge } })}
      {...dialog}
    >
      <p>
        {purge
          ? 'Everything that was written in it goes, for good, and its id is free.'
          : 'It goes for everyone. It can be brought back as it was.'}
      </p>
      <CheckField label="Delete all that is in it too" checked={purge} onChecked={setPurge} testId="purge" />
      {purge && (
        <TextField
          label={`Type ${channel.id} to go on`}
          value={typed}
          onValue={setTyped}
          autoComplete="off"
          testId="confirm"
        />
      )}
    </FormDialog>
  );
}

/** Brings back a channel that was deleted and not purged. */
export function RestoreDialog(dialog: DialogProps) {
  const api = useApi();
  const [id, setId] = useState('');
  return (
    <FormDialog
      title="Bring a channel back"
      submit="Bring it back"
      testId="restore-dialog"
      isReady={id.trim() !== ''}
      act={() => api.send('PATCH', 'channels', { body: { id: id.trim(), deleted: false } })}
      {...dialog}
    >
      <TextField
        label="Its id"
        hint="Of a channel that was deleted, and not for good."
        value={id}
        onValue={setId}
        required
        autofocus
        autoComplete="off"
        testId="id"
      />
    </FormDialog>
  );
}
