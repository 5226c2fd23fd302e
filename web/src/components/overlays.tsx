import { ChannelSettingsDialog } from './channel-settings-dialog.tsx';
import { MessageMenu } from './message-menu.tsx';
import type { Overlay } from './overlay.ts';
import { PersonCard } from './person-card.tsx';
import { PinsDialog } from './pins-dialog.tsx';
import { ReactDialog } from './react-dialog.tsx';
import { ReportDialog } from './report-dialog.tsx';
import { ReportsDialog } from './reports-dialog.tsx';
import { RolesDialog } from './roles-dialog.tsx';
import { ThreadDialog } from './thread-dialog.tsx';

interface OverlaysProps {
  readonly overlay: Overlay | null;
  readonly onClose: () => void;
}

/** What lies over the chat about something in it. */
export function Overlays({ overlay, onClose }: OverlaysProps) {
  switch (overlay?.kind) {
    case undefined:
      return null;
    case 'person':
      return <PersonCard person={overlay.person} about={overlay.channelId ?? null} onClose={onClose} />;
    case 'message':
      return <MessageMenu {...overlay} onClose={onClose} />;
    case 'react':
      return <ReactDialog {...overlay} onClose={onClose} />;
    case 'report':
      return <ReportDialog {...overlay} onClose={onClose} />;
    case 'thread':
      return <ThreadDialog key={overlay.id} {...overlay} onClose={onClose} />;
    case 'pins':
      return <PinsDialog channelId={overlay.roomId} onClose={onClose} />;
    case 'reports':
      return <ReportsDialog onClose={onClose} />;
    case 'roles':
      return <RolesDialog channelId={overlay.roomId} onClose={onClose} />;
    case 'channel':
      return <ChannelSettingsDialog channelId={overlay.roomId} onClose={onClose} />;
  }
}
