import { useState } from 'preact/hooks';
import type { ChannelChange } from '../state/moderation.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { CheckField } from './check-field.tsx';
import { Modal } from './modal.tsx';
import { SelectField } from './select-field.tsx';
import { TextField } from './text-field.tsx';
import { useOutcome } from './use-outcome.ts';

interface ChannelSettingsDialogProps {
  readonly channelId: string;
  readonly onClose: () => void;
}

const MAX_TOPIC_LENGTH = 500;
const SLOW_MODES = [
  ['0', 'Off'],
  ['5', '5 seconds'],
  ['10', '10 seconds'],
  ['30', '30 seconds'],
  ['60', '1 minute'],
  ['300', '5 minutes'],
  ['3600', '1 hour'],
] as const;

/** What moderators decide of a channel. Whether one may is the server's to say; its refusal is shown. */
export function ChannelSettingsDialog({ channelId, onClose }: ChannelSettingsDialogProps) {
  const { moderation } = usePageStore();
  const channel = useSelected((state) => (state.screen === 'chat' ? state.channels[channelId] : undefined));
  const summary = useSelected((state) =>
    state.screen === 'chat' ? state.listed.find(({ id }) => id === channelId) : undefined,
  );
  const before = {
    topic: summary?.topic ?? '',
    slowModeSeconds: channel?.settings.slowModeSeconds ?? 0,
    announcement: channel?.settings.announcement ?? false,
    archived: channel?.settings.archived ?? false,
    private: summary?.private ?? false,
  };
  const [wanted, setWanted] = useState(before);
  const [invited, setInvited] = useState('');
  const { busy, outcome, run } = useOutcome('Done.');
  const set = (change: Partial<typeof before>): void => setWanted((known) => ({ ...known, ...change }));
  const slow = String(wanted.slowModeSeconds);
  const save = async (): Promise<void> => {
    const change = changed(before, { ...wanted, topic: wanted.topic.trim() });
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
        <SelectField
          label="Slow mode: between two messages of one person"
          value={slow}
          choices={
            SLOW_MODES.some(([value]) => value === slow)
              ? SLOW_MODES
              : [...SLOW_MODES, [slow, `${slow} seconds`]]
          }
          onValue={(value) => set({ slowModeSeconds: Number(value) })}
          testId="settings-slow"
        />
        <CheckField
          label="Only moderators write"
          checked={wanted.announcement}
          onChecked={(announcement) => set({ announcement })}
          testId="settings-announcement"
        />
        <CheckField
          label="Private: by invitation only"
          checked={wanted.private}
          onChecked={(isPrivate) => set({ private: isPrivate })}
          testId="settings-private"
        />
        <CheckField
          label="Archived: nobody writes any more"
          checked={wanted.archived}
          onChecked={(archived) => set({ archived })}
          testId="settings-archived"
        />
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
      <p class="hint" role="status" data-testid="settings-outcome">
        {outcome}
      </p>
    </Modal>
  );
}

/** What of `wanted` is another than `before`. */
function changed<T extends ChannelChange>(before: T, wanted: T): ChannelChange {
  const entries = Object.entries(wanted) as [keyof T, T[keyof T]][];
  return Object.fromEntries(entries.filter(([name, value]) => value !== before[name]));
}
