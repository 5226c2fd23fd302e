/** What the keyboard does wherever the focus is; the shortcuts dialog tells people of it. */
import { useEffect, useRef } from 'preact/hooks';
import { knownChannels } from '../state/find-channels.ts';
import { usePageStore } from '../state/store-context.ts';
import type { DialogName } from './chat-dialogs.tsx';
import type { Drawer } from './chat-screen.tsx';

interface Shortcuts {
  readonly dialog: DialogName | null;
  readonly drawer: Drawer;
  readonly onDialog: (dialog: DialogName | null) => void;
  readonly onDrawer: (drawer: Drawer) => void;
  readonly onOpen: (channelId: string) => void;
}

/** See the head of the file. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const store = usePageStore();
  const newest = useRef(shortcuts);
  newest.current = shortcuts;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { dialog, drawer, onDialog, onDrawer, onOpen } = newest.current;
      if (event.defaultPrevented || event.isComposing) return;
      if (isQuickSwitch(event)) {
        event.preventDefault();
        onDialog(dialog === 'quick-switcher' ? null : 'quick-switcher');
        return;
      }
      // A dialog has keys of its own.
      if (dialog !== null) return;
      if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
        event.preventDefault();
        const next = neighbour(store.state, event.key === 'ArrowDown' ? 1 : -1, event.shiftKey);
        if (next !== null) onOpen(next);
      } else if (event.key === 'Escape') {
        if (drawer === 'none') toLatest();
        else onDrawer('none');
      } else if (event.key === '?' && !isInput(event.target)) {
        event.preventDefault();
        onDialog('shortcuts');
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [store]);
}

function isQuickSwitch({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  return key.toLowerCase() === 'k' && ctrlKey !== metaKey && !altKey && !shiftKey;
}

function isInput(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select');
}

/** The channel before or after the one that is shown, among those that one is in; round the ends. */
function neighbour(
  state: ReturnType<typeof usePageStore>['state'],
  step: 1 | -1,
  onlyUnread: boolean,
): string | null {
  if (state.screen !== 'chat') return null;
  const joined = knownChannels(state).filter((channel) => channel.joined);
  const at = joined.findIndex(({ id }) => id === state.active);
  for (let away = 1; away <= joined.length; away += 1) {
    const channel = joined[(at + step * away + joined.length * 2) % joined.length];
    if (channel !== undefined && channel.id !== state.active && (!onlyUnread || channel.unread > 0)) {
      return channel.id;
    }
  }
  return null;
}

/** As if the log's own button was pressed; the focus goes to where one writes. */
function toLatest(): void {
  document.getElementById('jump-to-latest')?.click();
  document.getElementById('composer')?.focus();
}
