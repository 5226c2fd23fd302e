/** Moderators on the page, over the real server: what they do, and what it does to others. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFailed, beforeEach } from 'vitest';
import { ChatPages, message, openCard, row, write } from '../support/chat-pages.ts';

let chat: ChatPages;

beforeAll(async () => {
  chat = await ChatPages.start();
}, 300_000);
afterAll(() => chat.stop());
beforeEach(() => {
  chat.begin();
  onTestFailed(() => console.error(chat.server.output()));
});
afterEach(() => chat.leave());

const hindrance = (page: Page, kind: string) => page.locator(`[data-testid=hindrance][data-kind=${kind}]`);
const told = (page: Page, text: string) => page.getByTestId('told').filter({ hasText: text }).waitFor();
const hasFocus = (page: Page, text: string) =>
  row(page, text).evaluate((one) => one === document.activeElement);
const done = (page: Page) => page.getByTestId('card-outcome').filter({ hasText: 'Done.' }).waitFor();

describe('moderators', () => {
  it('[PAGE-76, PAGE-77] mute from the card of a person, who reads why nothing can be written, until it is over', async () => {
    const admin = await chat.enter('admin', 'mutes');
    const eve = await chat.enter('eve', 'mutes');
    await write(eve, 'first');
    await message(admin, 'first').waitFor();
    await openCard(admin, chat.own('eve'));
    await admin.getByTestId('mute').click();
    await done(admin);
    await hindrance(eve, 'muted').waitFor();
    await write(eve, 'not heard');
    await eve.getByTestId('outgoing').filter({ hasText: 'Not sent' }).waitFor();
    expect(await message(admin, 'not heard').count()).toBe(0);
    await admin.bringToFront();
    await admin.getByTestId('unmute').click();
    await hindrance(eve, 'muted').waitFor({ state: 'detached' });
    await eve.bringToFront();
    await eve.getByTestId('retry').click();
    await message(admin, 'not heard').waitFor();
    await admin.bringToFront();
    await admin.getByTestId('mute-everywhere').click();
    await hindrance(eve, 'muted')
      .filter({ hasText: 'everywhere' })
      .filter({ hasText: '10 min left' })
      .waitFor();
    await admin.getByTestId('unmute-everywhere').click();
    await hindrance(eve, 'muted').waitFor({ state: 'detached' });
  });

  it('[PAGE-86] shadow-ban by the same card; what others don’t see is marked for them, and looks as ever to its author', async () => {
    const admin = await chat.enter('admin', 'shades');
    const eve = await chat.enter('eve', 'shades');
    await write(eve, 'seen');
    await message(admin, 'seen').waitFor();
    await openCard(admin, chat.own('eve'));
    await admin.getByTestId('shadow-ban').click();
    await done(admin);
    await write(eve, 'not seen');
    await message(admin, 'not seen').getByTestId('shadowed').waitFor();
    await message(eve, 'not seen').waitFor();
    await eve.getByTestId('outgoing').waitFor({ state: 'detached' });
    expect(await eve.getByTestId('shadowed').count()).toBe(0);
    await admin.getByTestId('lift-shadow-ban').click();
    await done(admin);
    await write(eve, 'seen again');
    await message(admin, 'seen again').waitFor();
    expect(await admin.getByTestId('shadowed').count()).toBe(1);
  });

  it('[PAGE-76] kick, and ban from the channel; who is put out reads who it was and why', async () => {
    const admin = await chat.enter('admin', 'bans');
    const eve = await chat.enter('eve', 'bans');
    await openCard(admin, chat.own('eve'));
    await admin.getByTestId('kick').click();
    await done(admin);
    await eve
      .getByTestId('problem')
      .filter({ hasText: `admin put you out of #${chat.own('bans')}` })
      .waitFor();
    await eve.bringToFront();
    await eve.goto(`${chat.server.url}/?channel=${chat.own('bans')}`);
    await admin.getByTestId('sanction-reason').fill('spam');
    await admin.bringToFront();
    await admin.getByTestId('ban').click();
    await eve
      .getByTestId('problem')
      .filter({ hasText: `admin banned you from #${chat.own('bans')}: spam` })
      .waitFor();
    await eve.goto(`${chat.server.url}/?channel=${chat.own('bans')}`);
    await eve.getByTestId('problem').filter({ hasText: 'banned' }).waitFor();
  });

  it('[PAGE-85] are made by a dialog, and unmade; what they may do shows on their page at once', async () => {
    const admin = await chat.enter('admin', 'roles');
    const eve = await chat.enter('eve', 'roles');
    await write(admin, 'mine');
    await message(eve, 'mine').waitFor();
    await admin.getByTestId('show-channel-settings').click();
    await admin.getByTestId('show-roles').click();
    await admin.getByTestId('role-of-admin').waitFor();
    await admin.getByTestId('role-name').fill(chat.own('eve'));
    await admin.keyboard.press('Enter');
    const role = admin.getByTestId(`role-of-${chat.own('eve')}`);
    await role.waitFor();
    await eve.getByTestId('show-channel-settings').waitFor();
    await role.selectOption('member');
    await eve.getByTestId('show-channel-settings').waitFor({ state: 'detached' });
    await role.selectOption('owner');
    await admin.getByTestId('roles-outcome').filter({ hasText: 'Done.' }).waitFor();
    await eve.bringToFront();
    await eve.getByTestId('show-channel-settings').click();
    await eve.getByTestId('show-roles').click();
    await eve.getByTestId('role-of-admin').selectOption('member');
    await eve.getByTestId('roles-outcome').filter({ hasText: 'their own rank' }).waitFor();
    await expect.poll(() => eve.getByTestId('role-of-admin').inputValue()).toBe('owner');
  });

  it('[PAGE-76] ban everywhere closes the page of whom it is about', async () => {
    const admin = await chat.enter('admin', 'everywhere');
    const eve = await chat.enter('eve', 'everywhere');
    await openCard(admin, chat.own('eve'));
    await admin.getByTestId('ban-everywhere').click();
    await eve.getByTestId('enter').waitFor();
  });

  it('[PAGE-81, PAGE-77] change a channel’s topic and modes, which everybody sees at once', async () => {
    const admin = await chat.enter('admin', 'modes');
    await write(admin, 'first');
    const eve = await chat.enter('eve', 'modes');
    await message(eve, 'first').waitFor();
    await admin.bringToFront();
    await admin.getByTestId('show-channel-settings').click();
    await admin.getByTestId('settings-topic').fill('all about it');
    await admin.getByTestId('settings-slow').selectOption('3600');
    await admin.getByTestId('save-settings').click();
    await admin.getByTestId('channel-settings').waitFor({ state: 'detached' });
    await eve.locator('.topic').filter({ hasText: 'all about it' }).waitFor();
    await write(eve, 'slowly');
    await message(eve, 'slowly').waitFor();
    await hindrance(eve, 'slow').waitFor();
    await admin.bringToFront();
    await admin.getByTestId('show-channel-settings').click();
    await admin.getByTestId('settings-announcement').check();
    await admin.getByTestId('save-settings').click();
    await hindrance(eve, 'announcement').waitFor();
    await eve.reload();
    await hindrance(eve, 'announcement').waitFor();
    expect(await hindrance(admin, 'announcement').count()).toBe(0);
    await admin.getByTestId('show-channel-settings').click();
    await admin.getByTestId('settings-announcement').uncheck();
    await admin.getByTestId('settings-slow').selectOption('0');
    await admin.getByTestId('settings-newcomers').selectOption('600');
    for (const name of ['emote-only', 'unique', 'hold-first', 'closed'])
      await admin.getByTestId(`settings-${name}`).check();
    await admin.getByTestId('save-settings').click();
    await hindrance(eve, 'announcement').waitFor({ state: 'detached' });
    const late = await chat.enter('late', 'elsewhere');
    await late.getByTestId('join-name').fill(chat.own('modes'));
    await late.keyboard.press('Enter');
    await late.getByTestId('problem').filter({ hasText: 'nobody new comes in' }).waitFor();
    await admin.getByTestId('show-channel-settings').click();
    expect(await admin.getByTestId('settings-newcomers').inputValue()).toBe('600');
    expect(await admin.getByTestId('settings-closed').isChecked()).toBe(true);
  });

  it('[PAGE-75, PAGE-83] deal with a flood by the keyboard alone: time out, delete the last minute, next', async () => {
    const admin = await chat.enter('admin', 'flood');
    const eve = await chat.enter('eve', 'flood');
    const bob = await chat.enter('bob', 'flood');
    await write(eve, 'spam 1');
    await write(eve, 'spam 2');
    await message(bob, 'spam 2').waitFor();
    await write(bob, 'what is this?');
    await message(admin, 'what is this?').waitFor();
    await admin.bringToFront();
    await admin.getByTestId('log').focus();
    for (let up = 0; up < 3; up += 1) await admin.keyboard.press('ArrowUp');
    await expect.poll(() => hasFocus(admin, 'spam 1')).toBe(true);
    await admin.keyboard.press('m');
    await told(admin, `${chat.own('eve')} is muted for 10 minutes.`);
    await hindrance(eve, 'muted').waitFor();
    await admin.keyboard.press('d');
    await told(admin, `What ${chat.own('eve')} wrote in the last minute is deleted.`);
    for (const page of [admin, bob, eve]) {
      await expect.poll(() => page.getByTestId('deleted').count()).toBe(2);
      expect(await message(page, 'spam').count()).toBe(0);
    }
    await admin.keyboard.press('n');
    await expect.poll(() => hasFocus(admin, 'what is this?')).toBe(true);
  });
});

describe('reports', () => {
  it('[PAGE-82] come to the moderators, who claim and resolve them by the keyboard; the reporter is told', async () => {
    const admin = await chat.enter('admin', 'reports');
    const eve = await chat.enter('eve', 'reports');
    const ada = await chat.enter('ada', 'reports');
    await write(eve, 'an insult');
    await message(ada, 'an insult').waitFor();
    // Reports of a channel show from wherever one is.
    await admin.bringToFront();
    await admin.getByTestId('join-name').fill(chat.own('aside'));
    await admin.getByTestId('join').click();
    await ada.bringToFront();
    await ada.getByTestId('log').focus();
    await ada.keyboard.press('ArrowUp');
    await ada.keyboard.press('Enter');
    await ada.getByTestId('menu-report').click();
    await ada.getByTestId('report-reason').fill('that is rude');
    await ada.keyboard.press('Enter');
    await told(ada, 'The moderators were told.');
    await admin.locator('[data-testid=show-reports][data-unread=true]').waitFor();
    await admin.bringToFront();
    await admin.getByTestId('show-reports').click();
    const report = admin.getByTestId('reports').getByRole('listitem').filter({ hasText: 'that is rude' });
    await report.filter({ hasText: 'an insult' }).waitFor();
    await report.filter({ hasText: `in #${chat.own('reports')}` }).waitFor();
    await expect.poll(() => report.evaluate((one) => one === document.activeElement)).toBe(true);
    await admin.keyboard.press('c');
    await report.getByTestId('claimed').waitFor();
    await report.focus();
    await admin.keyboard.press('a');
    await admin.getByTestId('reports-status').filter({ hasText: 'Nothing is reported.' }).waitFor();
    await told(ada, 'The moderators have done something about what you reported.');
  });
});
