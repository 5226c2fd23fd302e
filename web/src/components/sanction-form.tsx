import { useState } from 'preact/hooks';
import type { UserRef } from '../../../src/protocol/entities.ts';
import { isStaff } from '../../../src/protocol/permissions.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { SelectField } from './select-field.tsx';
import { TextField } from './text-field.tsx';

interface SanctionFormProps {
  readonly channelId: string;
  readonly person: UserRef;
  /** What came of it; null: it is done. */
  readonly run: (act: () => Promise<string | null>) => Promise<string | null>;
  readonly busy: boolean;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Durations, seconds; empty: without end. */
const DURATIONS = [
  [`${10 * MINUTE}`, '10 minutes'],
  [`${HOUR}`, '1 hour'],
  [`${DAY}`, '1 day'],
  [`${7 * DAY}`, '7 days'],
  ['', 'Without end'],
] as const;
/** What goes of what they wrote, seconds; 0: nothing. */
const DELETIONS = [
  ['0', 'Nothing'],
  [`${MINUTE}`, 'The last minute'],
  [`${HOUR}`, 'The last hour'],
  [`${DAY}`, 'The last day'],
] as const;
const MAX_REASON_LENGTH = 500;

/** What a moderator can do about a person in a channel. */
export function SanctionForm({ channelId, person, run, busy }: SanctionFormProps) {
  const { moderation } = usePageStore();
  const [duration, setDuration] = useState<string>(DURATIONS[0][0]);
  const [deletion, setDeletion] = useState<string>(DELETIONS[0][0]);
  const [reason, setReason] = useState('');
  const everywhere = useSelected(
    (state) => state.screen === 'chat' && state.user !== null && isStaff(state.user),
  );
  const sanction = {
    user: person,
    seconds: duration === '' ? null : Number(duration),
    reason: reason.trim(),
  };
  const deleteSeconds = Number(deletion);
  const button = (testId: string, label: string, act: () => Promise<string | null>) => (
    <button key={testId} type="button" disabled={busy} data-testid={testId} onClick={() => void run(act)}>
      {label}
    </button>
  );
  return (
    <fieldset class="sanctions">
      <legend>Moderation</legend>
      <SelectField
        label="For"
        value={duration}
        choices={DURATIONS}
        onValue={setDuration}
        testId="sanction-duration"
      />
      <SelectField
        label="A ban also deletes"
        value={deletion}
        choices={DELETIONS}
        onValue={setDeletion}
        testId="sanction-deletion"
      />
      <TextField
        label="Reason (optional)"
        value={reason}
        onValue={setReason}
        maxLength={MAX_REASON_LENGTH}
        autoComplete="off"
        testId="sanction-reason"
      />
      <div class="modal-actions">
        {button('mute', 'Mute', () => moderation.mute(channelId, sanction))}
        {button('unmute', 'Unmute', () => moderation.unmute(channelId, person))}
        {button('kick', 'Kick', () => moderation.kick(channelId, { ...sanction, seconds: null }))}
        {button('ban', 'Ban from here', () => moderation.ban(channelId, sanction, deleteSeconds))}
        {button('unban', 'Unban', () => moderation.unban(channelId, person))}
        {button('shadow-ban', 'Shadow ban', () => moderation.shadowBan(channelId, sanction))}
        {button('lift-shadow-ban', 'Lift shadow ban', () => moderation.liftShadowBan(channelId, person))}
        {everywhere && button('mute-everywhere', 'Mute everywhere', () => moderation.mute(null, sanction))}
        {everywhere &&
          button('unmute-everywhere', 'Unmute everywhere', () => moderation.unmute(null, person))}
        {everywhere &&
          button('ban-everywhere', 'Ban everywhere', () => moderation.ban(null, sanction, deleteSeconds))}
      </div>
    </fieldset>
  );
}
