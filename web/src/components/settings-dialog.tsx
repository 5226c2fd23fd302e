import { useState } from 'preact/hooks';
import type { Notify, Theme } from '../state/preferences.ts';
import { usePageStore, usePreferences } from '../state/store-context.ts';
import { Choice } from './choice.tsx';
import { Modal } from './modal.tsx';
import { WhisperSettings } from './whisper-settings.tsx';

interface SettingsDialogProps {
  readonly onClose: () => void;
  readonly onShortcuts: () => void;
}

const THEMES: readonly (readonly [Theme, string])[] = [
  ['system', 'Like the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];
const NOTIFY: readonly (readonly [Notify, string])[] = [
  ['off', 'Never'],
  ['mentions', 'When I am mentioned or whispered to'],
  ['all', 'Of all new messages'],
];

/** How the page looks, when it tells, and who may whisper to one. */
export function SettingsDialog({ onClose, onShortcuts }: SettingsDialogProps) {
  const { preferences, notifier } = usePageStore();
  const { theme, notify } = usePreferences();
  const [permission, setPermission] = useState(notifier.permission);
  return (
    <Modal title="Settings" onClose={onClose} testId="settings-dialog">
      <Choice
        legend="Colours"
        name="theme"
        choices={THEMES}
        value={theme}
        onChoose={(choice) => preferences.choose({ theme: choice })}
      />
      <Choice
        legend="Notify me while this page is out of sight"
        name="notify"
        choices={NOTIFY}
        value={permission === 'granted' ? notify : 'off'}
        disabled={permission === 'missing'}
        onChoose={(choice) => void notifier.choose(choice).then(setPermission)}
      />
      <p class="hint" role="status" data-testid="notify-hint">
        {permission === 'missing' && 'This browser has no notifications here; they need https.'}
        {permission === 'denied' &&
          'The browser does not let this page notify you. Allow it in the settings of the site, and choose again.'}
      </p>
      <WhisperSettings />
      <button type="button" onClick={onShortcuts}>
        Keyboard shortcuts
      </button>
    </Modal>
  );
}
