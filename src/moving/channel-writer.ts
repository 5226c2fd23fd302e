/** Channels, with who owns them. */
import type { MovedChannel, MovedOutcome } from './items.ts';
import { ADDED, KNOWN, leftOut, type MoveTarget, type MoveWriter } from './move-target.ts';
import type { PlaceKeeper } from './place-keeper.ts';

/** See the head of the file. */
export class ChannelWriter implements MoveWriter<MovedChannel> {
  readonly #places: PlaceKeeper;
  readonly #remark: MoveTarget['remark'];

  constructor(places: PlaceKeeper, { remark }: Pick<MoveTarget, 'remark'>) {
    this.#places = places;
    this.#remark = remark;
  }

  async write(channels: readonly MovedChannel[]): Promise<readonly MovedOutcome[]> {
    const outcomes: MovedOutcome[] = [];
    for (const channel of channels) {
      const made = await this.#places.make(channel);
      if ('problem' in made) outcomes.push(leftOut(made.problem));
      else {
        if (made.made && channel.id !== channel.from && channel.id !== channel.name) {
          this.#remark('channels', `has the id ${channel.id} here`, channel.from);
        }
        outcomes.push(made.made ? ADDED : KNOWN);
      }
    }
    return outcomes;
  }
}
