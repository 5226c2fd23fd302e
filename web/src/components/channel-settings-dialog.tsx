import { useContext, useState } from 'preact/hooks';
import { mayGiveRoles } from '../state/channel-roles.ts';
import { UNRESTRICTED } from '../state/hindrance.ts';
import type { ChannelChange } from '../state/moderation.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { CheckField } from './check-field.tsx';
import { DeleteChannel } from './delete-channel.tsx';
import { Modal } from './modal.tsx';
import { OverlayContext } from './overlay.ts';
import { SelectField } from './select-field.tsx';
import { TextField } from './text-field.tsx';
import { useOutcome } from './use-outcome.ts';

interface ChannelSettingsDialogProps {
  readonly channelId: string;
  readonly onClose: () => void;
}

const MAX_TOPIC_LENGTH = 500;
const MAX_DESCRIPTION_LENGTH = 1_000;
const SLOW_MODES = [
  ['0', 'Off'],
  ['5', '5 seconds'],
  ['10', '10 seconds'],
  ['30', '30 seconds'],
  ['60', '1 minute'],
  ['300', '5 minutes'],
  ['3600', '1 hour'],
] as const;

const NEWCOMERS = [
  ['0', 'At once'],
  ['60', 'After 1 minute'],
  ['600', 'After 10 minutes'],
  ['3600', 'After 1 hour'],
  ['86400', 'After 1 day'],
  ['604800', 'After 7 days'],
] as const;
/** What is so or not, and what it is called. */
const SWITCHES = [
  ['announcement', 'Only moderators write', 'settings-announcement'],
  ['emoteOnly', 'Emoji only', 'settings-emote-only'],
  ['uniqueMessages', 'Nothing is written twice', 'settings-unique'],
  ['holdFirst', 'The first message of everybody waits for a moderator', 'settings-hold-first'],
  ['closed', 'Closed: nobody new comes in (against raids)', 'settings-closed'],
  ['private', 'Private: by invitation only', 'settings-private'],
  ['archived', 'Archived: nobody writes any more', 'settings-archived'],
] as const;

/** What moderators decide of a channel. Whether one may is the server's to say; its refusal is shown. */
export function ChannelSettingsDialog({ channelId, onClose }: ChannelSettingsDialogProps) {
  const { moderation } = usePageStore();
  const channel = useSelected((state) => (state.screen === 'chat' ? state.channels[channelId] : undefined));
  const summary = useSelected((state) =>
    state.screen === 'chat' ? state.listed.find(({ id }) => id === channelId) : undefined,
  );
  const now = {
    ...(channel?.settings ?? UNRESTRICTED.settings),
    topic: summary?.topic ?? '',
    description: summary?.description ?? '',
    private: summary?.private ?? false,
  };
  // What others change while one looks isn't changed back.
  const [before] = useState(now);
  const [wanted, setWanted] = useState(before);
  const [invited, setInvited] = useState('');
  const show = useContext(OverlayContext);
  const givesRoles = useSelected((state) => mayGiveRoles(state, channelId));
  const { busy, outcome, run } = useOutcome('Done.');
  const set = (change: Partial<typeof before>): void => setWanted((known) => ({ ...known, ...change }));
  const save = async (): Promise<void> => {
    const change = changed(before, {
      ...wanted,
      topic: wanted.topic.trim(),
      description: wanted.description.trim(),
    });
    const problem =
      Object.keys(change).length === 0 ? null : await run(() => moderation.update(channelId, change));
    if (problem === null) onClose();
  };
  const invite = async (): Promise<void> => {
    const problem = await run(() => moderation.invite(channelId, invited.trim()));
    if (problem === null) setInvited('');
  };
  return (
    <Modal title="Channel settings" onClose={onClose} testId="channel-settings">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <TextField
          label="Topic"
          value={wanted.topic}
          onValue={(topic) => set({ topic })}
          autofocus
          maxLength={MAX_TOPIC_LENGTH}
          autoComplete="off"
          testId="settings-topic"
        />
        <TextField
          label="Description: what the channel is for"
          value={wanted.description}
          onValue={(description) => set({ description })}
          maxLength={MAX_DESCRIPTION_LENGTH}
          autoComplete="off"
          testId="settings-description"
        />
        <SelectField
          label="Slow mode: between two messages of one person"
          value={String(wanted.slowModeSeconds)}
          choices={withSeconds(SLOW_MODES, wanted.slowModeSeconds, '')}
          onValue={(value) => set({ slowModeSeconds: Number(value) })}
          testId="settings-slow"
        />
        <SelectField
          label="Who is new here writes"
          value={String(wanted.newcomerSeconds)}
          choices={withSeconds(NEWCOMERS, wanted.newcomerSeconds, 'After ')}
          onValue={(value) => set({ newcomerSeconds: Number(value) })}
          testId="settings-newcomers"
        />
        {SWITCHES.map(([name, label, testId]) => (
          <CheckField
            key={name}
            label={label}
            checked={wanted[name]}
            onChecked={(checked) => set({ [name]: checked })}
            testId={testId}
          />
        ))}
        <div class="modal-actions">
          <button class="primary" type="submit" disabled={busy} data-testid="save-settings">
            Save
          </button>
        </div>
      </form>
      <form
        class="account-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (invited.trim() !== '') void invite();
        }}
      >
        <TextField
          label="Invite somebody by name"
          value={invited}
          onValue={setInvited}
          autoComplete="off"
          testId="invite-name"
        />
        <button type="submit" disabled={busy || invited.trim() === ''} data-testid="invite">
          Invite
        </button>
      </form>
      {givesRoles && (
        <div class="modal-actions">
          <button
            type="button"
            data-testid="show-roles"
            onClick={() => show({ kind: 'roles', roomId: channelId })}
          >
            Owners and moderators…
          </button>
        </div>
      )}
      {givesRoles && <DeleteChannel channelId={channelId} onDeleted={onClose} />}
      <p class="hint" role="status" data-testid="settings-outcome">
        {outcome}
      </p>
    </Modal>
  );
}

/** `choices` with what is set, where that is none of them. */
function withSeconds(
  choices: readonly (readonly [string, string])[],
  seconds: number,
  before: string,
): readonly (readonly [string, string])[] {
  const value = String(seconds);
  return choices.some(([choice]) => choice === value)
    ? choices
    : [...choices, [value, `${before}${value} seconds`]];
}

/** What of `wanted` is another than `before`. */
function changed<T extends ChannelChange>(before: T, wanted: T): ChannelChange {
  const entries = Object.entries(wanted) as [keyof T, T[keyof T]][];
  return Object.fromEntries(entries.filter(([name, value]) => value !== before[name]));
}
