/**
 * What is past of a channel's log (docs/adr/0032): it is shown no more from the moment on at which its floor is known, wherever
 * that was learned: told by main, read with a page or with the tables.
 */
import type { EncodedEvent } from '../log/ring.ts';
import type { MessageData } from './message-extras.ts';
import type { ChannelState, Context } from './state.ts';

/** The log shows nothing below `floor`: lets go of what is held of that. Whether that wasn't known. */
export function raiseFloor(state: ChannelState, floor: number, ctx: Context): boolean {
  if (floor <= state.floor) return false;
  state.floor = floor;
  state.ring.dropBelow(floor);
  const held = state.ring.slice(floor, state.head);
  const ids = new Set(held.map(({ id }) => id));
  // Which of what isn't held is past isn't known here: the log knows.
  if (held.some((event) => tellsOfAnother(event, ids))) state.ring.clear();
  ctx.pageTexts.forgetChannel(state.id);
  return true;
}

/** Whether the event has text of a message that isn't among `ids`: a quotation, an edit. */
function tellsOfAnother({ type, json }: EncodedEvent, ids: ReadonlySet<string>): boolean {
  if (type === 'message:updated') return json.includes('"content"') && !ids.has(dataIn(json).id);
  if (type !== 'message:created' || !json.includes('"quote"')) return false;
  const { quote } = dataIn(json);
  return quote !== undefined && !ids.has(quote.id);
}

function dataIn(json: string): { readonly id: string; readonly quote?: { readonly id: string } } {
  return (JSON.parse(json) as { readonly data: MessageData }).data;
}
