import { Modal } from './modal.tsx';

const MAC = /mac|iphone|ipad/iu.test(navigator.userAgent);

const SHORTCUTS: readonly (readonly [string, string])[] = [
  ['Enter', 'Send the message'],
  ['Shift + Enter', 'Begin a new line'],
  [':name', 'Complete an emoji; Tab or Enter takes it'],
  [MAC ? '⌘ + K' : 'Ctrl + K', 'Go to a channel or a person'],
  ['Alt + ↑ / ↓', 'Previous or next channel or conversation'],
  ['Alt + Shift + ↑ / ↓', 'The same, with something new'],
  ['/w name text', 'Whisper to somebody; a name of several words in quotes'],
  ['↑', 'Edit what you wrote last, in an empty input'],
  ['Esc', 'Close what is open; else, to the latest message'],
  ['Page Up / Page Down', 'Read back and forth, in the messages'],
  ['?', 'This list, outside of inputs'],
];

/** What the keyboard does. */
export function ShortcutsDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Modal title="Keyboard" onClose={onClose} testId="shortcuts-dialog">
      <dl class="shortcuts">
        {SHORTCUTS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
