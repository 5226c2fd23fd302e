/** Every page of the dashboard, in the order of the way to them. */
import type { ComponentType } from 'preact';
import type { Place } from '../state/place.ts';
import { ActivityPage } from './activity-page.tsx';
import { AuditPage } from './audit-page.tsx';
import { AutomodPage } from './automod-page.tsx';
import { BansPage, MutesPage } from './sanctions-page.tsx';
import { ChannelsPage } from './channels-page.tsx';
import { DecisionsPage } from './decisions-page.tsx';
import { ErasuresPage } from './erasures-page.tsx';
import { ExportsPage } from './exports-page.tsx';
import { KeysPage } from './keys-page.tsx';
import { LimitsPage } from './limits-page.tsx';
import { OverviewPage } from './overview-page.tsx';
import { ReportsPage } from './reports-page.tsx';
import { ServerPage } from './server-page.tsx';
import { UsersPage } from './users-page.tsx';
import { WebhooksPage } from './webhooks-page.tsx';

/** What a page is given. */
export interface PageProps {
  /** What the address says behind the page's name. */
  readonly rest: Place;
}

export interface DashboardPage {
  /** Its name in the address. */
  readonly id: string;
  readonly title: string;
  readonly adminsOnly?: true;
  readonly content: ComponentType<PageProps>;
}

export const PAGES: readonly [DashboardPage, ...DashboardPage[]] = [
  { id: 'overview', title: 'Overview', content: OverviewPage },
  { id: 'activity', title: 'Activity', content: ActivityPage },
  { id: 'channels', title: 'Channels', content: ChannelsPage },
  { id: 'users', title: 'Users', content: UsersPage },
  { id: 'bans', title: 'Bans', content: BansPage },
  { id: 'mutes', title: 'Mutes', content: MutesPage },
  { id: 'reports', title: 'Reports', content: ReportsPage },
  { id: 'automod', title: 'Automod', content: AutomodPage },
  { id: 'audit', title: 'Audit', adminsOnly: true, content: AuditPage },
  { id: 'limits', title: 'Rate limits', content: LimitsPage },
  { id: 'server', title: 'Server', adminsOnly: true, content: ServerPage },
  { id: 'keys', title: 'API keys', adminsOnly: true, content: KeysPage },
  { id: 'webhooks', title: 'Webhooks', adminsOnly: true, content: WebhooksPage },
  { id: 'decisions', title: 'Decisions', adminsOnly: true, content: DecisionsPage },
  { id: 'exports', title: 'Exports', adminsOnly: true, content: ExportsPage },
  { id: 'erasures', title: 'Erasures', adminsOnly: true, content: ErasuresPage },
];
