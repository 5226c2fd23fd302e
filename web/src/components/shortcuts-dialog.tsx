import { Modal } from './modal.tsx';

const MAC = /mac|iphone|ipad/iu.test(navigator.userAgent);

const SHORTCUTS: readonly (readonly [string, string])[] = [
  ['Enter', 'Send the message'],
  ['Shift + Enter', 'Begin a new line'],
  [':name', 'Complete an emoji; Tab or Enter takes it'],
  [MAC ? '⌘ + K' : 'Ctrl + K', 'Go to a channel or a person'],
  [MAC ? '⌘ + Shift + F' : 'Ctrl + Shift + F', 'Find messages'],
  ['Alt + ↑ / ↓', 'Previous or next channel or conversation'],
  ['Alt + Shift + ↑ / ↓', 'The same, with something new'],
  ['/w name text', 'Whisper to somebody; a name of several words in quotes'],
  ['↑', 'Edit what you wrote last, in an empty input'],
  ['Esc', 'Close what is open; else, to the latest message'],
  ['Page Up / Page Down', 'Read back and forth, in the messages'],
  ['↑ / ↓', 'Choose a message, in the messages'],
  ['Enter', 'All that can be done about the chosen message'],
  ['R, +, T, E', 'Reply to it, react, show its thread, edit it'],
  ['M, D', 'As a moderator: mute its author for 10 minutes, delete their last minute'],
  ['Delete, N', 'As a moderator: delete it; go to the next one of somebody else'],
  ['/', 'Commands, at the beginning of what one writes'],
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
