/** What the keyboard does wherever the focus is; the shortcuts dialog tells people of it. */
import { useEffect, useRef } from 'preact/hooks';
import { byNewest } from '../state/conversation.ts';
import { knownChannels } from '../state/find-channels.ts';
import { usePageStore } from '../state/store-context.ts';
import type { DialogName } from './chat-dialogs.tsx';
import type { Drawer } from './chat-screen.tsx';

interface Shortcuts {
  /** Something lies over the chat. */
  readonly isCovered: boolean;
  readonly dialog: DialogName | null;
  readonly drawer: Drawer;
  readonly onDialog: (dialog: DialogName | null) => void;
  readonly onDrawer: (drawer: Drawer) => void;
  readonly onOpen: (roomId: string) => void;
}

/** See the head of the file. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const store = usePageStore();
  const newest = useRef(shortcuts);
  newest.current = shortcuts;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { isCovered, dialog, drawer, onDialog, onDrawer, onOpen } = newest.current;
      if (event.defaultPrevented || event.isComposing) return;
      if (isQuickSwitch(event)) {
        event.preventDefault();
        onDialog(dialog === 'quick-switcher' ? null : 'quick-switcher');
        return;
      }
      if (isSearch(event)) {
        event.preventDefault();
        onDialog(dialog === 'search' ? null : 'search');
        return;
      }
      // A dialog has keys of its own.
      if (isCovered) return;
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

function isSearch({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  return key.toLowerCase() === 'f' && ctrlKey !== metaKey && !altKey && shiftKey;
}

function isInput(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select');
}

/** The room before or after the one that is shown, in the order of the sidebar; round the ends. */
function neighbour(
  state: ReturnType<typeof usePageStore>['state'],
  step: 1 | -1,
  onlyUnread: boolean,
): string | null {
  if (state.screen !== 'chat') return null;
  const joined = knownChannels(state).filter((channel) => channel.joined);
  const rooms = [...byNewest(Object.values(state.conversations)), ...joined];
  const at = rooms.findIndex(({ id }) => id === state.active);
  for (let away = 1; away <= rooms.length; away += 1) {
    const room = rooms[(at + step * away + rooms.length * 2) % rooms.length];
    if (room !== undefined && room.id !== state.active && (!onlyUnread || room.unread > 0)) {
      return room.id;
    }
  }
  return null;
}

/** As if the log's own button was pressed; the focus goes to where one writes. */
function toLatest(): void {
  document.getElementById('jump-to-latest')?.click();
  document.getElementById('composer')?.focus();
}
