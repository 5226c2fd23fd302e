import { ResumeRequest, resumeRange } from '../../log/resume.ts';
import { defineInboxCommand } from '../command.ts';
import { askPage } from '../pages.ts';

/** What a connection missed of its user's inbox, or the newest page; live events go on right behind it. */
export const inboxResume = defineInboxCommand({
  type: 'inbox:resume',
  rate: 'query',
  data: ResumeRequest,
  handle(state, { waiter, data }, ctx) {
    return askPage(state, { kind: 'resume', waiter, ...resumeRange(state, data) }, ctx);
  },
});
