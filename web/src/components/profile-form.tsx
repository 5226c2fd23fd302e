import { useState } from 'preact/hooks';
import type { User } from '../../../src/protocol/entities.ts';
import { MAX_NAME_LENGTH } from '../../../src/protocol/limits.ts';
import { usePageStore } from '../state/store-context.ts';
import { TextField } from './text-field.tsx';
import { useOutcome } from './use-outcome.ts';

const MAX_AVATAR_LENGTH = 2_048;

/** Name and picture of an account. Only what was changed is sent. */
export function ProfileForm({ user }: { readonly user: User }) {
  const { account } = usePageStore();
  const [name, setName] = useState(user.name);
  const [avatar, setAvatar] = useState(user.avatar ?? '');
  const { busy, outcome, run } = useOutcome('Saved.');
  const change = {
    ...(name.trim() === user.name ? {} : { name: name.trim() }),
    ...(avatar.trim() === (user.avatar ?? '') ? {} : { avatar: avatar.trim() === '' ? null : avatar.trim() }),
  };
  return (
    <form
      class="account-form"
      onSubmit={(event) => {
        event.preventDefault();
        void run(() => account.changeProfile(change));
      }}
    >
      <TextField
        label="Name"
        value={name}
        onValue={setName}
        required
        maxLength={MAX_NAME_LENGTH}
        autoComplete="username"
        testId="profile-name"
      />
      <TextField
        label="Picture"
        hint="An https address of an image; empty for none."
        value={avatar}
        onValue={setAvatar}
        inputMode="url"
        maxLength={MAX_AVATAR_LENGTH}
        autoComplete="off"
        testId="profile-avatar"
      />
      <p class="hint" role="status" data-testid="profile-outcome">
        {outcome}
      </p>
      <button
        class="primary"
        type="submit"
        disabled={busy || Object.keys(change).length === 0}
        data-testid="save-profile"
      >
        Save
      </button>
    </form>
  );
}
