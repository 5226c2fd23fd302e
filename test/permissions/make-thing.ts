/** Makes what requests of the permission matrix are about, and is somebody else's. */
import { setTimeout } from 'node:timers/promises';
import { rest } from '../support/account-client.ts';
import type { ScopeName } from './outcomes.ts';
import { CHANNELS, RULE, said, type Stage, whispered } from './stage.ts';
import type { Thing, ThingKind } from './things.ts';

/** A new one; in the private channel where `scope` says so. */
export async function makeThing(stage: Stage, kind: ThingKind, scope: ScopeName): Promise<Thing> {
  const isHidden = scope === 'private';
  const channel = isHidden ? CHANNELS.private : CHANNELS.own;
  const writer = isHidden ? stage.keeper() : stage.author;
  const { url } = stage.server;
  switch (kind) {
    case 'message':
      return thingOf(isHidden ? stage.hiddenMessage : await said(writer, channel, 'word'));
    case 'held message':
      return thingOf(await said(await stage.newcomer(channel), channel, 'hold this'));
    case 'report':
      return thingOf(await stage.reported(channel, await said(writer, channel, 'word')));
    case 'person':
      return stage.person();
    case 'person muted here':
      return stage.sanctioned('channel:mute', channel);
    case 'person banned here':
      return stage.sanctioned('user:ban', channel);
    case 'person shadow-banned here':
      return stage.sanctioned('user:shadowban', channel);
    case 'person muted everywhere':
      return stage.sanctioned('user:mute');
    case 'person banned everywhere':
      return stage.sanctioned('user:ban');
    case 'sent whisper':
    case 'received whisper':
      return { id: await whispered(stage.author, stage.reporter), name: stage.author.name };
    case 'ban': {
      const { id } = await stage.person();
      return thingOf((await stage.post<{ ban_id: string }>('/users/ban', { banished_id: id })).ban_id);
    }
    case 'mute': {
      const { id } = await stage.person();
      return thingOf((await stage.post<{ mute_id: string }>('/users/mute', { muted_id: id })).mute_id);
    }
    case 'limit': {
      const id = `limited${stage.number()}`;
      const payload = { channel_id: id, message_limit: 5 };
      await rest(url, 'PATCH', '/ratelimits', { token: stage.keeper().token, payload });
      return thingOf(id);
    }
    case 'rule':
      return thingOf((await stage.post<Thing>('/automod/rules', RULE)).id);
    case 'key':
      return thingOf((await stage.post<Thing>('/api-keys', { name: 'a program', scopes: ['read'] })).id);
    case 'webhook': {
      const hook = { url: 'https://hubbub.invalid/', events: ['message:pinned'], enabled: false };
      return thingOf((await stage.post<Thing>('/webhooks', hook)).id);
    }
    case 'note': {
      const { id } = await stage.person();
      const note = await stage.post<Thing>(`/users/${id}/notes`, { text: 'words' });
      return thingOf(`${id} ${note.id}`);
    }
    case 'act': {
      const { token } = stage.keeper();
      const acts = await rest<{ items: { seq: number }[] }>(url, 'GET', '/audit?limit=1', { token });
      return thingOf(String(acts.body.items[0]?.seq));
    }
    case 'export': {
      const { id } = await stage.person();
      const order = { kind: 'user', format: 'ndjson', user_id: id };
      const begun = await stage.post<Thing>('/exports', order);
      const { token } = stage.keeper();
      for (let state = ''; state !== 'done'; await setTimeout(20)) {
        state = (await rest<{ state: string }>(url, 'GET', `/exports/${begun.id}`, { token })).body.state;
      }
      return thingOf(begun.id);
    }
    case 'channel':
    case 'channel of its own':
    case 'token':
      return { id: stage.author.id, name: stage.author.name };
  }
}

function thingOf(id: string): Thing {
  return { id, name: id };
}
