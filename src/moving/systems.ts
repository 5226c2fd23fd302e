/** The systems that one may move from. */
import { CHATORBIT } from './chatorbit.ts';
import { JUSTCHAT } from './justchat.ts';
import { ONRABBLE } from './onrabble.ts';
import type { OtherSystem } from './system.ts';

/** By the names that `--from` takes. */
export const SYSTEMS: readonly OtherSystem[] = [ONRABBLE, JUSTCHAT, CHATORBIT];
