/** Finding messages and commanding the server from the page, over the real server. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { ChatPages, message, write } from '../support/chat-pages.ts';

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

describe('a search', () => {
  it('[PAGE-78] finds messages by words, channel and author, and leads to their place', async () => {
    const ada = await chat.enter('ada', 'find');
    const bob = await chat.enter('bob', 'find');
    const bird = chat.own('heron');
    await write(ada, `the ${bird} stands in the river`);
    await write(bob, `a ${bird} flies`);
    await message(ada, 'flies').waitFor();
    const other = await chat.enter('eve', 'other');
    await write(other, 'no bird');
    await message(other, 'no bird').waitFor();
    await other.keyboard.press('Control+Shift+F');
    const found = other.getByTestId('found-messages').getByRole('listitem');
    await other.getByTestId('search-text').fill(bird);
    await other.keyboard.press('Enter');
    await expect.poll(() => found.count()).toBe(2);
    await other.getByTestId('search-author').fill(chat.own('ada'));
    await other.keyboard.press('Enter');
    await expect.poll(() => found.allInnerTexts()).toEqual([expect.stringContaining('river')]);
    await other.getByTestId('search-channel').selectOption(chat.own('other'));
    await other.getByTestId('search-go').click();
    await other.getByTestId('search-outcome').filter({ hasText: 'Nothing was found.' }).waitFor();
    await other.getByTestId('search-channel').selectOption('');
    await other.getByTestId('search-go').click();
    await other.getByTestId('go-to-found').click();
    await other
      .getByTestId('channel-title')
      .filter({ hasText: chat.own('find') })
      .waitFor();
    await other.locator('[data-found]').filter({ hasText: 'river' }).waitFor();
  });
});

describe('commands', () => {
  it('[PAGE-80] are completed while one types; what they tell is shown to one alone, a refused one stays', async () => {
    const ada = await chat.enter('ada', 'slash');
    const bob = await chat.enter('bob', 'slash');
    await ada.bringToFront();
    await ada.getByTestId('composer').pressSequentially('/hel');
    await expect
      .poll(async () => {
        await ada.keyboard.press('Backspace');
        await ada.keyboard.type('l');
        return ada.getByTestId('completion').filter({ hasText: '/help' }).isVisible();
      })
      .toBe(true);
    await ada.keyboard.press('Tab');
    expect(await ada.getByTestId('composer').inputValue()).toBe('/help ');
    await ada.keyboard.press('Enter');
    await ada.getByTestId('command-note').filter({ hasText: '/me' }).waitFor();
    await write(ada, '/nosuchthing now');
    await ada.getByTestId('composer-problem').waitFor();
    expect(await ada.getByTestId('composer').inputValue()).toBe('/nosuchthing now');
    await write(ada, 'plain words');
    await message(bob, 'plain words').waitFor();
    expect(await message(bob, 'nosuchthing').count()).toBe(0);
    expect(await bob.getByTestId('command-note').count()).toBe(0);
  });
});
