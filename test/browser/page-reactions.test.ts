/** What people make of each other's messages, over the real server: reactions, replies, mentions, pins. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { ChatPages, message, row, write } from '../support/chat-pages.ts';

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

const reaction = (page: Page, text: string, pressed: boolean) =>
  row(page, text)
    .getByTestId('reaction')
    .and(page.locator(`[aria-pressed=${pressed}]`));

/** Chooses the newest message by the keyboard. */
async function chooseNewest(page: Page, text: string): Promise<void> {
  await page.bringToFront();
  await page.getByTestId('log').focus();
  await page.keyboard.press('ArrowUp');
  await expect
    .poll(() =>
      row(page, text)
        .last()
        .evaluate((one) => one === document.activeElement),
    )
    .toBe(true);
}

describe('messages of others', () => {
  it('[PAGE-72, PAGE-75] are reacted to by the keyboard and by a click; all see the count, and their own mark', async () => {
    const ada = await chat.enter('ada', 'react');
    const bob = await chat.enter('bob', 'react');
    await write(ada, 'good news');
    await message(bob, 'good news').waitFor();
    await chooseNewest(bob, 'good news');
    await bob.keyboard.press('+');
    await bob.getByTestId('emoji-search').fill('tada');
    await bob.keyboard.press('Enter');
    await reaction(bob, 'good news', true).filter({ hasText: '1' }).waitFor();
    await ada.bringToFront();
    await reaction(ada, 'good news', false).click();
    await reaction(ada, 'good news', true).filter({ hasText: '2' }).waitFor();
    await reaction(bob, 'good news', true).filter({ hasText: '2' }).waitFor();
    await ada.reload();
    await reaction(ada, 'good news', true).filter({ hasText: '2' }).click();
    await reaction(ada, 'good news', false).filter({ hasText: '1' }).waitFor();
  });

  it('[PAGE-73] are answered: the head stands above what one writes and in the message, and leads back; the thread counts', async () => {
    const ada = await chat.enter('ada', 'reply');
    const bob = await chat.enter('bob', 'reply');
    await write(ada, 'a question');
    await message(bob, 'a question').waitFor();
    await chooseNewest(bob, 'a question');
    await bob.keyboard.press('r');
    await bob.getByTestId('answering').filter({ hasText: 'a question' }).waitFor();
    await bob.keyboard.type('an answer');
    await bob.keyboard.press('Enter');
    await bob.getByTestId('answering').waitFor({ state: 'detached' });
    await row(ada, 'an answer').getByTestId('quote').filter({ hasText: 'a question' }).waitFor();

    await ada.bringToFront();
    await ada.getByTestId('thread').filter({ hasText: '1 reply' }).click();
    await ada.getByTestId('replies').getByText('an answer').waitFor();
    await ada.getByTestId('thread-reply').fill('thanks');
    await ada.getByTestId('send-reply').click();
    await ada.getByTestId('replies').getByText('thanks').waitFor();
    await ada.keyboard.press('Escape');
    await bob.getByTestId('thread').filter({ hasText: '2 replies' }).waitFor();

    await row(ada, 'thanks').getByTestId('quote').click();
    await ada.locator('[data-found]').filter({ hasText: 'a question' }).waitFor();
  });

  it('[PAGE-74] that name one stand out, and count on the channel until it is looked at, after a reload too', async () => {
    const ada = await chat.enter('ada', 'named');
    const bob = await chat.enter('bob', 'named');
    await write(bob, 'first words');
    await message(ada, 'first words').waitFor();
    await ada.bringToFront();
    await ada.getByTestId('join-name').fill(chat.own('elsewhere'));
    await ada.getByTestId('join').click();
    await ada
      .getByTestId('channel-title')
      .filter({ hasText: chat.own('elsewhere') })
      .waitFor();
    // An Enter behind a name would complete it.
    await write(bob, `@${chat.own('ada')}, look`);
    await write(bob, 'and more');
    const named = ada.getByTestId(`mentions-${chat.own('named')}`);
    const unread = ada.getByTestId(`unread-${chat.own('named')}`);
    await named.filter({ hasText: '@1' }).waitFor();
    await unread.filter({ hasText: '2' }).waitFor();
    await ada.bringToFront();
    await ada.reload();
    await named.filter({ hasText: '@1' }).waitFor();
    await unread.filter({ hasText: '2' }).waitFor();
    await ada
      .getByTestId('joined-channels')
      .getByRole('link', { name: chat.own('named') })
      .click();
    await named.waitFor({ state: 'detached' });
    await ada.locator('[data-named=true]').filter({ hasText: 'look' }).waitFor();
  });

  it('[PAGE-84] that name one in a channel that one left are told and counted there, with what follows', async () => {
    const ada = await chat.enter('ada', 'left');
    const bob = await chat.enter('bob', 'left');
    await write(bob, 'first words');
    await message(ada, 'first words').waitFor();
    await ada.bringToFront();
    await ada.getByTestId('leave').click();
    await write(bob, `@${chat.own('ada')}, come back`);
    const left = ada.getByTestId('other-channels');
    await left
      .getByTestId(`mentions-${chat.own('left')}`)
      .filter({ hasText: '@1' })
      .waitFor();
    await write(bob, 'please');
    await left
      .getByTestId(`unread-${chat.own('left')}`)
      .filter({ hasText: '2' })
      .waitFor();
    await ada.bringToFront();
    const told = ada.getByTestId('told').filter({ hasText: `${chat.own('bob')} mentioned you` });
    await told.getByTestId('go-to-told').click();
    await message(ada, 'please').waitFor();
    await ada.getByTestId(`mentions-${chat.own('left')}`).waitFor({ state: 'detached' });
  });

  it('[PAGE-79] are pinned by moderators; the list leads to them', async () => {
    const admin = await chat.enter('admin', 'pins');
    const ada = await chat.enter('ada', 'pins');
    await write(ada, 'keep this');
    await message(admin, 'keep this').waitFor();
    await chooseNewest(admin, 'keep this');
    await admin.keyboard.press('Enter');
    await admin.getByTestId('menu-pin').click();
    await row(ada, 'keep this').getByTestId('pinned').waitFor();
    await ada.bringToFront();
    await ada.getByTestId('show-pins').click();
    await ada.getByTestId('pins').getByText('keep this').waitFor();
    await ada.getByTestId('go-to-pin').click();
    await ada.locator('[data-found]').filter({ hasText: 'keep this' }).waitFor();
  });
});
