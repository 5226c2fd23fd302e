import { AccountDialog } from './account-dialog.tsx';
import { NewChannelDialog } from './new-channel-dialog.tsx';
import { QuickSwitcher } from './quick-switcher.tsx';
import { SearchDialog } from './search-dialog.tsx';
import { SettingsDialog } from './settings-dialog.tsx';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';

/** What can lie over the chat, one at a time. */
export type DialogName = 'account' | 'new-channel' | 'quick-switcher' | 'search' | 'settings' | 'shortcuts';

interface ChatDialogsProps {
  readonly dialog: DialogName | null;
  readonly onDialog: (dialog: DialogName | null) => void;
  readonly onOpen: (roomId: string) => void;
}

/** The dialog that is asked for. */
export function ChatDialogs({ dialog, onDialog, onOpen }: ChatDialogsProps) {
  const onClose = (): void => onDialog(null);
  const open = (roomId: string): void => {
    onClose();
    onOpen(roomId);
  };
  switch (dialog) {
    case null:
      return null;
    case 'account':
      return <AccountDialog onClose={onClose} />;
    case 'new-channel':
      return <NewChannelDialog onClose={onClose} onMade={open} />;
    case 'quick-switcher':
      return <QuickSwitcher onClose={onClose} onOpen={open} />;
    case 'search':
      return <SearchDialog onClose={onClose} />;
    case 'settings':
      return <SettingsDialog onClose={onClose} onShortcuts={() => onDialog('shortcuts')} />;
    case 'shortcuts':
      return <ShortcutsDialog onClose={onClose} />;
  }
}
