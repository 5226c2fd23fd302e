import { useEffect, useState } from 'preact/hooks';
import type { UserRef } from '../../../src/protocol/entities.ts';
import type { WhisperPolicy } from '../../../src/protocol/whispers.ts';
import { personName } from '../state/page-state.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import type { PrivacySettings } from '../state/whisper-privacy.ts';
import { Choice } from './choice.tsx';
import { useOutcome } from './use-outcome.ts';

const POLICIES: readonly (readonly [WhisperPolicy, string])[] = [
  ['anyone', 'Anyone'],
  ['shared', 'People in my channels'],
  ['nobody', 'Nobody'],
];

/** Who may whisper to the reader, and whom they have blocked: the server knows, and is asked first. */
export function WhisperSettings() {
  const { privacy } = usePageStore();
  const blocked = useSelected((state) => (state.screen === 'chat' ? state.blocked : null));
  const [settings, setSettings] = useState<PrivacySettings | string | null>(null);
  const { outcome, run } = useOutcome('');
  // Whom one blocks elsewhere meanwhile has a name that only the server can tell.
  useEffect(() => {
    let isShown = true;
    void privacy.load().then((loaded) => {
      if (isShown) setSettings(loaded);
    });
    return () => {
      isShown = false;
    };
  }, [blocked]);
  const known = settings === null || typeof settings === 'string' ? null : settings;
  const choose = async (policy: WhisperPolicy): Promise<void> => {
    if (known === null) return;
    setSettings({ ...known, policy });
    if ((await run(() => privacy.choose(policy))) !== null) setSettings(known);
  };
  return (
    <>
      <Choice
        legend="Who may whisper to me"
        name="whispers-from"
        choices={POLICIES}
        value={known?.policy ?? null}
        disabled={known === null}
        onChoose={(policy) => void choose(policy)}
      />
      <p class="hint" role="status" data-testid="whispers-hint">
        {typeof settings === 'string' ? settings : outcome}
      </p>
      {known !== null && known.blocked.length > 0 && (
        <section class="blocked-people" aria-label="People whom you have blocked">
          <h3>Blocked</h3>
          <ul data-testid="blocked-people">
            {known.blocked.map((person) => (
              <BlockedPerson
                key={person.id}
                person={person}
                onUnblock={() => void run(() => privacy.unblock(person))}
              />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

interface BlockedPersonProps {
  readonly person: UserRef;
  readonly onUnblock: () => void;
}

function BlockedPerson({ person, onUnblock }: BlockedPersonProps) {
  return (
    <li>
      <bdi>{personName(person)}</bdi>
      <button type="button" aria-label={`Unblock ${personName(person)}`} onClick={onUnblock}>
        Unblock
      </button>
    </li>
  );
}
