/** Acts of a moderator, one after another, and when each is felt where it has to be, as a process of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FIFTY_RULES, makeRules } from '../automod-rules.ts';
import { EffectClient } from './effect-client.ts';
import { EFFECT_NAMES, type EffectName } from './effect-names.ts';
import { answerSteps } from './steps.ts';

/** What to do, and how often. */
export interface EffectPlan {
  readonly port: number;
  /** Of an administrator. */
  readonly token: string;
  /** So many that each shard has some: what holds everywhere is awaited in all of them. */
  readonly channels: readonly string[];
  readonly times: number;
}

/** From the moment in which an act was sent until the last place has felt it, ms, of each kind of act. */
export type Effects = Readonly<Record<EffectName, readonly number[]>>;

/** Between acts, ms: moderators are limited as others are. */
const PAUSE_MS = 120;

interface Scene {
  readonly plan: EffectPlan;
  readonly url: string;
  readonly moderator: EffectClient;
  readonly first: string;
}

/** Each acts, and resolves with the moments in which it was felt, monotonic ms; `victim` has two connections everywhere. */
const ACTS: Readonly<
  Record<EffectName, (scene: Scene, victims: readonly EffectClient[], round: number) => Promise<number[]>>
> = {
  'ban everywhere': async ({ moderator }, victims) => {
    const closed = victims.map((victim) => victim.sees((told) => told === 4003));
    await moderator.ask('user:ban', undefined, { user: { id: idOf(victims) } });
    return Promise.all(closed);
  },
  'mute everywhere': async ({ moderator, plan }, victims) => {
    const acted = moderator.ask('user:mute', undefined, { user: { id: idOf(victims) }, seconds: 60 });
    const felt = await Promise.all(
      victims.flatMap((victim) =>
        plan.channels.map((channelId) => victim.writesUntil(channelId, 'muted', 'may I?')),
      ),
    );
    await acted;
    return felt;
  },
  'mute in a channel': async ({ moderator, first }, victims) => {
    const seen = victims.map((victim) => victim.sees((told) => isOf(told, 'member:muted')));
    await moderator.ask('channel:mute', first, { user: { id: idOf(victims) }, seconds: 60 });
    return Promise.all(seen);
  },
  kick: async ({ moderator, first }, victims) => {
    const seen = victims.map((victim) => victim.sees((told) => isOf(told, 'member:kicked')));
    await moderator.ask('channel:kick', first, { user: { id: idOf(victims) } });
    return Promise.all(seen);
  },
  delete: async ({ moderator, first }, victims) => {
    const sent = await victims[0]?.ask('message:send', first, { content: 'not for long' });
    const seen = victims.map((victim) => victim.sees((told) => isOf(told, 'message:deleted')));
    await moderator.ask('message:delete', first, { id: sent?.data?.id });
    return Promise.all(seen);
  },
  'rule of automod': async ({ plan }, victims, round) => {
    const word = `unheard${round}`;
    const [rule] = FIFTY_RULES;
    if (rule === undefined) throw new Error('there are no rules');
    const made = makeRules(
      plan.port,
      [{ ...rule, name: word, when: { kind: 'words', words: [word] } }],
      plan.token,
    );
    const felt = await Promise.all(
      victims.flatMap((victim) =>
        plan.channels.map((channelId) => victim.writesUntil(channelId, 'blocked_content', word)),
      ),
    );
    await made;
    return felt;
  },
};

async function measure(plan: EffectPlan): Promise<Effects> {
  const url = `ws://127.0.0.1:${plan.port}/ws`;
  const [first = ''] = plan.channels;
  const moderator = await EffectClient.open(url, { token: plan.token }, plan.channels);
  const scene = { plan, url, moderator, first };
  const effects = Object.fromEntries(EFFECT_NAMES.map((name): [EffectName, number[]] => [name, []]));
  for (let round = 0; round < plan.times; round += 1) {
    for (const name of EFFECT_NAMES) {
      const victims = await twoTabs(scene);
      const acted = performance.now();
      const felt = await ACTS[name](scene, victims, round);
      (effects[name] ??= []).push(Math.max(...felt) - acted);
      for (const victim of victims) victim.close();
      await sleep(PAUSE_MS);
    }
  }
  moderator.close();
  return effects as Record<EffectName, number[]>;
}

/** A new guest, who is in all channels twice. */
async function twoTabs({ url, plan }: Scene): Promise<EffectClient[]> {
  const one = await EffectClient.open(url, {}, plan.channels);
  const other = await EffectClient.open(url, { guestToken: one.guestToken }, plan.channels);
  return [one, other];
}

function idOf([victim]: readonly EffectClient[]): string {
  if (victim === undefined) throw new Error('there is nobody');
  return victim.userId;
}

function isOf(told: unknown, type: string): boolean {
  return typeof told === 'object' && told !== null && 'type' in told && told.type === type;
}

const steps = { measure };

/** The steps of this load. */
export type EffectSteps = typeof steps;

await answerSteps(steps);
