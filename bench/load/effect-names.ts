/** What moderators do whose effect is measured. */
export const EFFECT_NAMES = [
  'ban everywhere',
  'mute everywhere',
  'mute in a channel',
  'kick',
  'delete',
  'rule of automod',
] as const;
/** One of them. */
export type EffectName = (typeof EFFECT_NAMES)[number];
